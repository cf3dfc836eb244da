"""Calls of Telegram's Bot API, and what its answers mean."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from assistant import secrets
from assistant.channels.contract import Answer, Given, SendError

API_URL = "https://api.telegram.org"
# A description may quote the message, so that only these are told.
TOLD = (
    "chat not found", "bot was blocked by the user", "bot was kicked", "user is deactivated", "not enough rights",
    "message thread not found", "topic_closed", "message is too long", "can't parse entities", "bad webhook",
)  # fmt: skip


def ask(given: Given, method: str, fields: Mapping[str, Any]) -> Answer:
    """The answer to one method. Raises SendError when there is none, SecretUnavailableError without a token."""
    base = given.option("api_url", API_URL).rstrip("/")
    # The token is a part of the path; quoted, it cannot become more than one.
    token = quote(given.secret("bot_token"), safe=":")
    return given.api.call("POST", f"{base}/bot{token}/{method}", json=dict(fields))


def accepted(answer: Answer) -> bool:
    """True when the method was carried out."""
    return answer.status == 200 and content(answer).get("ok") is True


def content(answer: Answer) -> dict[str, Any]:
    """The answer's object; empty when it is something else."""
    read = answer.json()
    return cast("dict[str, Any]", read) if isinstance(read, dict) else {}


def description(answer: Answer) -> str:
    """What Telegram says went wrong, in lower case. May quote the message: never to be logged."""
    return str(content(answer).get("description", "")).lower()


def parameters(answer: Answer) -> dict[str, Any]:
    """What Telegram says can be done about it: `retry_after`, `migrate_to_chat_id`."""
    read = content(answer).get("parameters")
    return cast("dict[str, Any]", read) if isinstance(read, dict) else {}


def error(answer: Answer, given: Given) -> SendError:
    """What an answer that is not `accepted` means for the one who called."""
    said = description(answer)
    told = next((f" ({known})" for known in TOLD if known in said), "")
    line = f"telegram: got {answer.status}{told}, expected 200"
    if answer.status == 429:
        return SendError(line, passing=True, wait_s=_wait_s(answer))
    if answer.status in (401, 404):  # a token that is wrong or revoked; the new one may be there already
        secrets.forget(given.installation.secrets.get("bot_token", ""))
        return SendError(f"{line}: bot_token was refused", passing=True)
    if answer.status == 503:
        return SendError(line, passing=True)
    # A gateway's error, or a success that cannot be read, does not tell whether the message went out.
    return SendError(line, unclear=answer.status >= 500 or answer.status == 200)


def _wait_s(answer: Answer) -> float:
    asked = str(parameters(answer).get("retry_after", answer.headers.get("retry-after", "")))
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1.0
