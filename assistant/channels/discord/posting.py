"""Sends to Discord: into the message that waits for a command's answer, after it, or later as the bot."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from assistant import secrets
from assistant.channels.contract import Answer, Given, Part, SendError

API_URL = "https://discord.com/api/v10"
TOKEN_LIVES_S = 900
SPARE_S = 15  # of a token that is about to end
RIGHT_AFTER_S = 60  # the acknowledgement is not known everywhere at once
UNKNOWN_WAIT_S = 2.0
NONCE_CHARS = 25
TWICE_WITHIN_S = 2.0  # who calls has time for one slow call, not for two
INVALID_WEBHOOK_TOKEN = 50027
SUPPRESS_EMBEDS = 4  # nobody's browser is sent to addresses that a model made up


def send(part: Part, address: Mapping[str, str], given: Given) -> None:
    """One part, by the way that is open at this time. Raises SendError."""
    age_s = given.now() - int(address["at"])
    if age_s < TOKEN_LIVES_S - SPARE_S:
        answer = _by_token(part, address, given)
        if answer.status // 100 == 2:
            return
        if answer.status == 404 and age_s < RIGHT_AFTER_S:
            line = f"discord: got 404{_told(answer)}, expected 200: the acknowledgement is not known yet"
            raise SendError(line, passing=True, wait_s=UNKNOWN_WAIT_S)
        gone = answer.status in (401, 404) or _code(answer) == INVALID_WEBHOOK_TOKEN
        if not (gone and _has_bot(given)):
            raise _error(answer)
    if not _has_bot(given):
        raise SendError("discord: got no bot_token, expected one: the command's token is over after 15 minutes")
    _by_bot(part, address, given)


def call(given: Given, method: str, path: str, fields: Any = None, *, bot: bool = False) -> Answer:
    """The answer to one request. Raises SendError when there is none, SecretUnavailableError."""
    base = given.option("api_url", API_URL).rstrip("/")
    # Discord refuses clients that do not say what they are in this form.
    application = f"https://discord.com/developers/applications/{given.option('application_id')}"
    headers = {"user-agent": f"DiscordBot ({application}, 1)"}
    if bot:
        headers["authorization"] = f"Bot {given.secret('bot_token')}"
    return given.api.call(method, f"{base}{path}", json=fields, headers=headers)


def told(answer: Answer) -> str:
    """Discord's status and code, for a log."""
    return f"{answer.status}{_told(answer)}"


def _by_token(part: Part, address: Mapping[str, str], given: Given) -> Answer:
    # The token is a credential and a part of the path; quoted, it cannot become more than one.
    path = f"/webhooks/{quote(given.option('application_id'), safe='')}/{quote(address['token'], safe='')}"
    if part.index:
        return call(given, "POST", path, _message(part))
    return _twice(given, "PATCH", f"{path}/messages/@original", _message(part))


def _by_bot(part: Part, address: Mapping[str, str], given: Given) -> None:
    # With this, a message that comes a second time within minutes is answered with the first and not shown again.
    fields = {**_message(part), "nonce": part.key[:NONCE_CHARS], "enforce_nonce": True}
    path = f"/channels/{quote(address['channel'], safe='')}/messages"
    answer = _twice(given, "POST", path, fields, bot=True)
    if answer.status == 401:  # the new token may be there already
        secrets.forget(given.installation.secrets.get("bot_token", ""))
        raise SendError(f"discord: got {told(answer)}, expected 200: bot_token was refused", passing=True)
    if answer.status // 100 != 2:
        raise _error(answer)


def _twice(given: Given, method: str, path: str, fields: Any, *, bot: bool = False) -> Answer:
    """A call that does no more when it is repeated at once: a second time when its outcome is not known."""
    ends = given.now() + TWICE_WITHIN_S
    try:
        answer = call(given, method, path, fields, bot=bot)
        if not _is_unclear(answer) or given.now() > ends:
            return answer
    except SendError as failed:
        if not failed.unclear or given.now() > ends:
            raise
    return call(given, method, path, fields, bot=bot)


def _message(part: Part) -> dict[str, Any]:
    # What a model writes mentions nobody.
    return {"content": part.text, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS}


def _error(answer: Answer) -> SendError:
    line = f"discord: got {told(answer)}, expected 200"
    if answer.status == 429:
        return SendError(line, passing=True, wait_s=_wait_s(answer))
    return SendError(line, passing=answer.status >= 500, unclear=_is_unclear(answer))


def _is_unclear(answer: Answer) -> bool:
    return answer.status >= 500 and answer.status != 503  # a gateway's error does not tell whether it went out


def _has_bot(given: Given) -> bool:
    return "bot_token" in given.installation.secrets


def _wait_s(answer: Answer) -> float:
    asked = _content(answer).get("retry_after", answer.headers.get("retry-after"))
    try:
        return min(3600.0, max(0.0, float(asked)))
    except (TypeError, ValueError):
        return 1.0


def _code(answer: Answer) -> int | None:
    code = _content(answer).get("code")
    return code if isinstance(code, int) else None


def _told(answer: Answer) -> str:
    return f" ({code})" if (code := _code(answer)) else ""


def _content(answer: Answer) -> dict[str, Any]:
    read = answer.json()
    return cast("dict[str, Any]", read) if isinstance(read, dict) else {}
