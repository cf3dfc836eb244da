"""Sends to Slack: messages in threads, answers to commands, and what Slack's answers mean."""

import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from assistant import secrets
from assistant.channels.contract import Answer, Given, Part, SendError

API_URL = "https://slack.com/api"
RESPONSE_HOST = "https://hooks.slack.com/"
MOST_RESPONSES = 5  # that a response_url takes, within 30 minutes
CODE = re.compile(r"[a-z0-9_]{1,60}")
LIMITED = {"ratelimited", "rate_limited"}
PASSING = {"service_unavailable", "request_timeout"}
UNCLEAR = {"internal_error", "fatal_error"}  # parts of the call may have been carried out
TOKEN_REFUSED = {"invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive"}


def post(part: Part, address: Mapping[str, str], given: Given) -> None:
    """A message in the channel, in the thread if the address names one. Raises SendError."""
    fields: dict[str, Any] = {
        "channel": address["channel"], "text": part.text, "unfurl_links": False, "unfurl_media": False,
    }  # fmt: skip
    if "thread_ts" in address:
        fields["thread_ts"] = address["thread_ts"]
    _call("chat.postMessage", fields, given)


def respond(part: Part, address: Mapping[str, str], given: Given) -> None:
    """The answer to a command, which only the one who gave it sees. Raises SendError.

    What the response_url no longer takes goes out under the bot's token, as long as the bot is in the channel.
    """
    if not is_response_url(address["response_url"], given):
        raise SendError("slack: got a response_url of another host, expected hooks.slack.com")
    if part.index < MOST_RESPONSES:
        fields = {"response_type": "ephemeral", "text": part.text, "replace_original": False}
        answer = given.api.call("POST", address["response_url"], json=fields)
        refused = answer.status == 200 and _content(answer).get("ok") is False
        if answer.status == 200 and not refused:
            return  # the body is the word ok
        if not refused and (answer.status >= 500 or answer.status == 429):
            raise _error(answer, given)
    _call("chat.postEphemeral", {"channel": address["channel"], "user": address["user"], "text": part.text}, given)


def is_response_url(url: str, given: Given) -> bool:
    """True for an address at Slack, or at the host that stands in for it. Nothing else is told what people asked."""
    allowed = [RESPONSE_HOST]
    if stand_in := given.option("api_url"):
        parts = urlsplit(stand_in)
        allowed.append(f"{parts.scheme}://{parts.netloc}/")
    return url.isascii() and url.isprintable() and url.startswith(tuple(allowed))


def _call(method: str, fields: dict[str, Any], given: Given) -> None:
    base = given.option("api_url", API_URL).rstrip("/")
    headers = {"authorization": f"Bearer {given.secret('bot_token')}"}
    answer = given.api.call("POST", f"{base}/{method}", json=fields, headers=headers)
    if answer.status != 200 or _content(answer).get("ok") is not True:
        raise _error(answer, given)


def _error(answer: Answer, given: Given) -> SendError:
    code = str(_content(answer).get("error", ""))
    told = f" ({code})" if CODE.fullmatch(code) else ""  # one of Slack's words, never a text
    line = f"slack: got {answer.status}{told}, expected 200 and ok"
    if answer.status == 429 or code in LIMITED:
        return SendError(line, passing=True, wait_s=_wait_s(answer))
    if code in TOKEN_REFUSED:  # the new token may be there already
        secrets.forget(given.installation.secrets.get("bot_token", ""))
        return SendError(f"{line}: bot_token was refused", passing=True)
    if code in PASSING or answer.status == 503:
        return SendError(line, passing=True)
    # A gateway's error, or a success that cannot be read, does not tell whether the message went out.
    unreadable = answer.status == 200 and not code
    return SendError(line, unclear=answer.status >= 500 or code in UNCLEAR or unreadable)


def _content(answer: Answer) -> dict[str, Any]:
    read = answer.json()
    return cast("dict[str, Any]", read) if isinstance(read, dict) else {}


def _wait_s(answer: Answer) -> float:
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1.0
