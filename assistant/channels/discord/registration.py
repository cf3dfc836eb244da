"""Tells Discord where an application's commands go, and which there are; and what Discord says about that."""

from typing import Any, cast
from urllib.parse import quote

from assistant.channels.contract import Given, SendError
from assistant.channels.discord import posting

QUESTION_CHARS = 6000  # the most that Discord takes in an option
COMMAND = {
    "name": "ask",
    "type": 1,
    "description": "Ask the assistant",
    "options": [
        {
            "type": 3,
            "name": "question",
            "description": "What you want to know",
            "required": True,
            "max_length": QUESTION_CHARS,
        }
    ],
}


class RegistrationError(RuntimeError):
    """The application could not be registered; one line that names no secret."""

    safe_to_log = True


def register(given: Given, url: str) -> None:
    """Makes the command /ask and has it delivered to `url` (https). Needs `bot_token`; may be done again.

    Discord calls the address while this is saved, so it must answer by then. Raises RegistrationError,
    SecretUnavailableError.
    """
    if not url.startswith("https://"):
        raise RegistrationError(f"url: got {url[:100]!r}, expected an https address")
    _own(given)  # first: with another application's key the address would refuse Discord's trial
    _result(given, "PATCH", "/applications/@me", {"interactions_endpoint_url": url})
    # Creating a command whose name is there replaces it.
    _result(given, "POST", f"/applications/{quote(given.option('application_id'), safe='')}/commands", COMMAND)


def check(given: Given) -> str:
    """One line: the address that is set. Raises RegistrationError, SecretUnavailableError."""
    url = _own(given).get("interactions_endpoint_url")
    return f"discord: set to {url}" if url else "discord: no address is set, commands are not delivered"


def _own(given: Given) -> dict[str, Any]:
    found = _result(given, "GET", "/applications/@me")
    for option, name in (("application_id", "id"), ("public_key", "verify_key")):
        if str(found.get(name, "")).lower() != given.option(option).lower():
            raise RegistrationError(f"{option}: got another one, expected that of the application of bot_token")
    return found


def _result(given: Given, method: str, path: str, fields: Any = None) -> dict[str, Any]:
    try:
        answer = posting.call(given, method, path, fields, bot=True)
    except SendError as failed:
        raise RegistrationError(f"{method} {path}: {failed}") from None
    read = answer.json()
    content = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
    if answer.status not in (200, 201):
        reason = " ".join(str(content.get("message", ""))[:200].split())  # about the settings: no message was sent
        line = f"{method} {path}: got {posting.told(answer)}, expected 200"
        raise RegistrationError(f"{line}; {reason or 'no reason given'}")
    return content
