"""A local fake of Slack's Web API and response URLs: refuses what the real one would refuse, keeps what it took."""

import hashlib
import hmac
import json
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from assistant.channels.contract import Installation
from assistant.routing import Request
from tests.kit.providers.calling import Scripted, Through

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT_TOKEN = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy"
RESPONSE_URL = "https://hooks.slack.com/commands/T1/397700885554/96rGlfmibIGlgcZRskXaIFfN"
FIELDS: dict[str, dict[str, type]] = {
    "chat.postMessage": {
        "channel": str, "text": str, "thread_ts": str, "reply_broadcast": bool, "mrkdwn": bool, "parse": str,
        "link_names": bool, "unfurl_links": bool, "unfurl_media": bool, "blocks": list, "attachments": list,
        "metadata": dict, "username": str, "icon_emoji": str, "icon_url": str, "markdown_text": str,
    },
    "chat.postEphemeral": {
        "channel": str, "user": str, "text": str, "thread_ts": str, "parse": str, "link_names": bool, "blocks": list,
        "attachments": list, "username": str, "icon_emoji": str, "icon_url": str, "markdown_text": str,
    },
    "response_url": {
        "text": str, "response_type": str, "replace_original": bool, "delete_original": bool, "blocks": list,
        "attachments": list, "thread_ts": str, "unfurl_links": bool, "unfurl_media": bool,
    },
}  # fmt: skip
REQUIRED = {
    "chat.postMessage": {"channel", "text"}, "chat.postEphemeral": {"channel", "user", "text"},
    "response_url": {"text"},
}  # fmt: skip


@dataclass
class SlackApi:
    """Answers as Slack does. `prepared` answers come first, one for each call."""

    bot_token: str = BOT_TOKEN
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(method or `response_url`, fields) of every call, also of those that were refused."""
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What people see."""
    prepared: deque[httpx.Response | Exception] = field(default_factory=deque)
    used: Counter[str] = field(default_factory=Counter)

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        url, fields = str(request.url), json.loads(request.content)
        method = "response_url" if "/commands/" in url else request.url.path.removeprefix("/api/")
        self.calls.append((method, fields))
        assert REQUIRED[method] <= set(fields), f"{method} without {REQUIRED[method] - set(fields)}"
        for name, value in fields.items():
            assert name in FIELDS[method], f"{method} has no argument {name}"
            assert isinstance(value, FIELDS[method][name]), f"{method}.{name}: {value!r}"
        if self.prepared:
            answer = self.prepared.popleft()
            if isinstance(answer, Exception):
                raise answer
            return answer
        if method == "response_url":
            return self._response(url, fields, request)
        assert url == f"https://slack.com/api/{method}"
        if request.headers.get("authorization") != f"Bearer {self.bot_token}":
            return httpx.Response(200, json={"ok": False, "error": "invalid_auth"})
        if not fields["text"].strip():
            return httpx.Response(200, json={"ok": False, "error": "no_text"})
        if len(fields["text"]) > 40_000:
            return httpx.Response(200, json={"ok": False, "error": "msg_too_long"})
        self.sent.append((method, fields))
        return httpx.Response(200, json={"ok": True, "channel": fields["channel"], "ts": f"170000{len(self.sent)}.1"})

    def _response(self, url: str, fields: dict[str, Any], request: httpx.Request) -> httpx.Response:
        assert url.startswith("https://hooks.slack.com/")
        assert "authorization" not in request.headers, "a response_url is no place for the token"
        assert fields["response_type"] in ("ephemeral", "in_channel")
        self.used[url] += 1
        if self.used[url] > 5:
            return httpx.Response(404, json={"ok": False, "error": "used_url"})
        self.sent.append(("response_url", fields))
        return httpx.Response(200, text="ok")


def given(api: SlackApi, **options: str) -> Scripted:
    """What the channel works with against the fake."""
    secrets = {"signing_secret": SIGNING_SECRET, "bot_token": BOT_TOKEN}
    return Scripted(Installation("slack", options=options), Through(api.handle), secrets)


def signature(body: bytes, at: str, secret: str = SIGNING_SECRET) -> str:
    """What Slack sends along with a body."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()


def delivery(body: bytes | dict[str, Any], *, at: str = "1700000000", sign: str | None = None) -> Request:
    """An event as Slack delivers it, rightly signed unless told otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    kind = "application/json" if raw.startswith(b"{") else "application/x-www-form-urlencoded"
    headers = {
        "content-type": kind,
        "x-slack-request-timestamp": at,
        "x-slack-signature": signature(raw, at) if sign is None else sign,
    }
    return Request("POST", "/slack/events", body=raw, headers=headers)


def event(text: str | None = "hi", *, event_id: str = "Ev1", **fields: Any) -> dict[str, Any]:
    """A message of a person. `fields` go into the event; those that are None leave it."""
    said = {"type": "message", "channel": "C1", "user": "U1", "text": text, "ts": "1700000000.000100", **fields}
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": event_id,
        "event": {name: value for name, value in said.items() if value is not None},
        "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "UBOT", "is_bot": True}],
    }


def command(text: str, **fields: str) -> bytes:
    """A slash command's form."""
    form = {
        "token": "x", "team_id": "T1", "team_domain": "team", "channel_id": "C1", "channel_name": "general",
        "user_id": "U1", "user_name": "ann", "command": "/ask", "text": text, "response_url": RESPONSE_URL,
        "trigger_id": "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    }  # fmt: skip
    return urlencode({**form, **fields}).encode()
