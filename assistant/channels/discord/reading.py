"""Reads Discord's interactions: pings, slash commands, and what is left alone."""

from collections.abc import Iterator
from typing import Any, cast

from assistant.channels import verify
from assistant.channels.contract import Answered, Given, Incoming, RefusedError
from assistant.routing import Response, as_json

PING, COMMAND, AUTOCOMPLETE = 1, 2, 4  # kinds of interactions
CHAT_INPUT = 1  # kind of commands: one that is typed
SUB_COMMAND, SUB_COMMAND_GROUP, STRING = 1, 2, 3  # kinds of options
EPHEMERAL = 64  # only the one who asked sees it
PONG = {"type": 1}
DEFERRED = {"type": 5}
HINT = "Only slash commands are answered here."


def interaction(body: dict[str, Any], at: int, given: Given) -> Incoming | Answered:
    """The command, or the answer to something else. `at`: when it was signed. Raises RefusedError."""
    application = body.get("application_id")
    if not isinstance(application, str) or not verify.same(application, given.option("application_id")):
        raise RefusedError("application_id: got another one, expected that of the option")
    kind, data = body.get("type"), _object(body, "data")
    if kind == PING:
        return Answered(as_json(200, PONG))
    if kind == COMMAND and data.get("type", CHAT_INPUT) == CHAT_INPUT:
        return _command(body, data, at)
    # Each of these needs an answer, or people are shown that the application failed.
    return Answered(_suggestions() if kind == AUTOCOMPLETE else _hint())


def _command(body: dict[str, Any], data: dict[str, Any], at: int) -> Incoming:
    channel = _text(body, "channel_id")
    # In servers the person is a member; in direct messages there is only a user.
    user = _object(_object(body, "member"), "user") or _object(body, "user")
    text = "\n".join(_strings(data.get("options"))).strip() or f"/{_text(data, 'name')}"
    address = {"token": _text(body, "token"), "channel": channel, "at": str(at)}
    return Incoming(_text(body, "id"), channel, str(user.get("id") or ""), text, address, as_json(200, DEFERRED))


def _strings(options: Any) -> Iterator[str]:
    for option in cast("list[Any]", options) if isinstance(options, list) else []:
        if not isinstance(option, dict):
            continue
        fields = cast("dict[str, Any]", option)
        if fields.get("type") in (SUB_COMMAND, SUB_COMMAND_GROUP):  # groups hold commands, and those hold values
            yield from _strings(fields.get("options"))
        elif fields.get("type") == STRING and isinstance(fields.get("value"), str):
            yield fields["value"]


def _suggestions() -> Response:
    return as_json(200, {"type": 8, "data": {"choices": []}})


def _hint() -> Response:
    return as_json(200, {"type": 4, "data": {"content": HINT, "flags": EPHEMERAL}})


def _object(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"{name}: got {type(value).__name__}, expected a text", 400)
    return value
