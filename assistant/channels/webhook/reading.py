"""Reads a body of any layout: the paths to conversation, text and user are the installation's options."""

from dataclasses import dataclass
from typing import Any, cast

from assistant.channels.contract import Given, RefusedError

TEXT_PATH = "text"


@dataclass(frozen=True)
class Read:
    """What is in a body."""

    conversation: str
    user: str
    text: str


def message(body: dict[str, Any], message_id: str, given: Given) -> Read:
    """The message. Raises RefusedError (400) that names the path at which something else is."""
    text_path = given.option("text_path", TEXT_PATH)
    text = at(body, text_path)
    if not isinstance(text, str) or not text.strip():
        raise RefusedError(f"{text_path}: got {_kind(text)}, expected a text to answer", 400)
    conversation_path, user_path = given.option("conversation_path"), given.option("user_path")
    conversation = _name(body, conversation_path) if conversation_path else message_id
    return Read(conversation, _name(body, user_path) if user_path else "", text)


def at(body: Any, path: str) -> Any:
    """What is at a path such as `data.items.0.id`; None when there is nothing."""
    found = body
    for step in path.split("."):
        if isinstance(found, dict):
            found = cast("dict[str, Any]", found).get(step)
        elif isinstance(found, list) and step.isascii() and step.isdigit() and len(step) <= 6:
            listed = cast("list[Any]", found)
            found = listed[int(step)] if int(step) < len(listed) else None
        else:
            return None
    return found


def _name(body: dict[str, Any], path: str) -> str:
    value = at(body, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"{path}: got {_kind(value)}, expected a text or a whole number", 400)
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return "an empty text" if isinstance(value, str) else type(value).__name__
