"""A local fake of a program at the other end of a webhook: signs what it sends, checks and keeps what it gets."""

import base64
import hashlib
import hmac
import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx

from assistant.channels.contract import Installation
from assistant.routing import Request
from tests.kit.providers.calling import Scripted, Through

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
REPLY_URL = "https://receiver.example/replies"
DATA = {"conversation": str, "in_reply_to": str, "user": str, "text": str, "part": int, "parts": int}


@dataclass
class Receiver:
    """Takes replies; one that comes again under its `webhook-id` counts once. `prepared` answers come first."""

    url: str = REPLY_URL
    secret: str = SECRET
    calls: int = 0
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """webhook-id -> body."""
    prepared: deque[httpx.Response | Exception] = field(default_factory=deque)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        assert (request.method, str(request.url)) == ("POST", self.url)
        assert request.headers["content-type"] == "application/json"
        if self.prepared:
            answer = self.prepared.popleft()
            if isinstance(answer, Exception):
                raise answer
            return answer
        id, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        assert re.fullmatch(r"[^.]{1,256}", id)
        assert re.fullmatch(r"[0-9]{10}", at)
        if signature(id, at, request.content, self.secret) not in request.headers["webhook-signature"].split(" "):
            return httpx.Response(401)
        body = json.loads(request.content)
        assert set(body) == {"type", "timestamp", "data"}
        assert body["type"] == "assistant.reply"
        assert set(body["data"]) == set(DATA)
        assert all(isinstance(value, DATA[name]) for name, value in body["data"].items())
        self.replies.setdefault(id, body)
        return httpx.Response(204)


def given(receiver: Receiver, *, secret: str = SECRET, **options: str) -> Scripted:
    """What the channel works with against the fake."""
    installation = Installation("webhook", secrets={"signing_secret": "file:signing_secret"}, options=options)
    return Scripted(installation, Through(receiver.handle), {"signing_secret": secret})


def signature(id: str, at: str, body: bytes, secret: str = SECRET) -> str:
    """What goes along with a body, made as Standard Webhooks describes it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b".".join((id.encode(), at.encode(), body)), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def delivery(
    body: bytes | dict[str, Any], *, id: str = "msg_1", at: str = "1700000000", sign: str | None = None,
    secret: str = SECRET,
) -> Request:  # fmt: skip
    """A message as the program sends it, rightly signed unless told otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    headers = {"content-type": "application/json", "webhook-id": id, "webhook-timestamp": at}
    headers["webhook-signature"] = signature(id, at, raw, secret) if sign is None else sign
    return Request("POST", "/webhook", body=raw, headers=headers)
