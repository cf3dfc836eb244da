"""A local fake of Feishu's API: refuses what the real one would refuse, and keeps what it took."""

import base64
import hashlib
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx

from assistant.channels import callback_crypto
from assistant.channels.contract import Installation
from assistant.routing import Request
from tests.kit.providers.calling import Scripted, Through
from tests.kit.providers.tokens import KeptTokens

HOST = "open.feishu.cn"
APP_ID, APP_SECRET = "cli_a", "app-secret-0123456789"
ENCRYPT_KEY, VERIFICATION_TOKEN = "test-encrypt-key", "test-verification-token"
FIELDS: dict[str, dict[str, type]] = {
    "create": {"receive_id": str, "msg_type": str, "content": str, "uuid": str},
    "reply": {"msg_type": str, "content": str, "uuid": str, "reply_in_thread": bool},
}
MOST_BYTES = {"text": 150 * 1024, "interactive": 30 * 1024, "post": 30 * 1024}


@dataclass
class FeishuApi:
    """Answers as Feishu does. `prepared` answers to sends come first, one for each."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(path with query, fields) of every send, also of those that were refused."""
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(chat or message replied to, fields) of what people see."""
    tokens: list[str] = field(default_factory=list)
    """Every token that was given out; the last one is good."""
    expires_s: int = 7200
    prepared: deque[httpx.Response | Exception] = field(default_factory=deque)
    prepared_token: deque[httpx.Response | Exception] = field(default_factory=deque)
    uuids: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.url.host == HOST
        assert request.headers["content-type"].startswith("application/json")
        path, fields = request.url.path.removeprefix("/open-apis"), json.loads(request.content)
        if path == "/auth/v3/tenant_access_token/internal":
            return self._token(fields)
        assert request.headers["authorization"].startswith("Bearer t-")
        self.calls.append((request.url.raw_path.decode(), fields))
        reply = path.endswith("/reply")
        kind = "reply" if reply else "create"
        assert {"msg_type", "content"} <= set(fields)
        for name, value in fields.items():
            assert name in FIELDS[kind], f"{kind} has no field {name}"
            assert isinstance(value, FIELDS[kind][name]), f"{kind}.{name}: {value!r}"
        assert 1 <= len(fields["uuid"]) <= 50
        if self.prepared:
            return _prepared(self.prepared)
        if request.headers["authorization"] != f"Bearer {self.tokens[-1]}":
            return failure(99991663, "Invalid access token for authorization. Please make a test attempt", 400)
        return self._message(path, request, fields, reply)

    def _message(self, path: str, request: httpx.Request, fields: dict[str, Any], reply: bool) -> httpx.Response:
        if reply:
            target = path.removeprefix("/im/v1/messages/").removesuffix("/reply")
            if target in self.withdrawn:
                return failure(230011, "The message was withdrawn.", 400)
        else:
            assert path == "/im/v1/messages"
            assert request.url.params["receive_id_type"] == "chat_id"
            target = fields["receive_id"]
        content = json.loads(fields["content"])
        assert isinstance(content, dict)
        if len(request.content) > MOST_BYTES[fields["msg_type"]]:
            return failure(230025, "The length of the message content reaches its limit.", 400)
        if fields["msg_type"] == "text":
            assert content["text"].strip()
        else:
            assert [element["tag"] for element in content["elements"]] == ["markdown"]
            assert content["elements"][0]["content"].strip()
        if fields["uuid"] not in self.uuids:  # the same uuid is one message for an hour
            self.uuids.add(fields["uuid"])
            self.sent.append((target, fields))
        return httpx.Response(200, json={"code": 0, "msg": "success", "data": {"message_id": f"om_{len(self.sent)}"}})

    def _token(self, fields: dict[str, Any]) -> httpx.Response:
        assert set(fields) == {"app_id", "app_secret"}
        if self.prepared_token:
            return _prepared(self.prepared_token)
        if fields != {"app_id": APP_ID, "app_secret": APP_SECRET}:
            return failure(10014, "app secret invalid", 200)
        self.tokens.append(f"t-{len(self.tokens)}")
        found = {"code": 0, "msg": "ok", "tenant_access_token": self.tokens[-1], "expire": self.expires_s}
        return httpx.Response(200, json=found)

    @property
    def texts(self) -> list[str]:
        """What people read."""
        contents = [json.loads(fields["content"]) for _, fields in self.sent]
        return [read.get("text") or read["elements"][0]["content"] for read in contents]


def _prepared(answers: deque[httpx.Response | Exception]) -> httpx.Response:
    answer = answers.popleft()
    if isinstance(answer, Exception):
        raise answer
    return answer


def failure(code: int, message: str = "failed", status: int = 400, **headers: str) -> httpx.Response:
    """What Feishu answers when it does not do what it was asked to."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"code": code, "msg": message}, headers=named)


def given(api: FeishuApi, **options: str) -> Scripted:
    """What the channel works with against the fake."""
    secrets = {"app_secret": APP_SECRET, "encrypt_key": ENCRYPT_KEY, "verification_token": VERIFICATION_TOKEN}
    installation = Installation("feishu", options={"app_id": APP_ID, **options})
    return Scripted(installation, Through(api.handle), secrets, tokens=KeptTokens())


def encrypted(content: bytes | dict[str, Any], key: str = ENCRYPT_KEY, iv: bytes = bytes(range(16))) -> bytes:
    """A body as Feishu sends it."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    data = iv + callback_crypto.encrypt_cbc(hashlib.sha256(key.encode()).digest(), iv, raw, 16)
    return json.dumps({"encrypt": base64.b64encode(data).decode()}).encode()


def signature(body: bytes, at: str, nonce: str = "nonce1", key: str = ENCRYPT_KEY) -> str:
    """What Feishu sends along with a body."""
    return hashlib.sha256((at + nonce + key).encode() + body).hexdigest()


def delivery(
    body: bytes | dict[str, Any], *, at: str = "1700000000", nonce: str = "nonce1", sign: str | None = None,
    path: str = "/feishu",
) -> Request:  # fmt: skip
    """A delivery, encrypted (unless given as bytes) and rightly signed unless told otherwise; "" leaves it unsigned."""
    raw = body if isinstance(body, bytes) else encrypted(body)
    headers = {"content-type": "application/json"}
    if sign != "":
        headers |= {
            "x-lark-request-timestamp": at, "x-lark-request-nonce": nonce,
            "x-lark-signature": signature(raw, at, nonce) if sign is None else sign,
        }  # fmt: skip
    return Request("POST", path, body=raw, headers=headers)


def event(text: str = "hi", *, event_id: str = "ev-1", **message: Any) -> dict[str, Any]:
    """A message of a person. `message` holds fields of the message itself."""
    sent = {
        "message_id": "om_1", "create_time": "1700000000000", "chat_id": "oc_1", "chat_type": "p2p",
        "message_type": "text", "content": json.dumps({"text": text}), **message,
    }  # fmt: skip
    header = {
        "event_id": event_id, "event_type": "im.message.receive_v1", "create_time": "1700000000000",
        "token": VERIFICATION_TOKEN, "app_id": APP_ID, "tenant_key": "tk",
    }  # fmt: skip
    ids = {"union_id": "on_1", "user_id": "u1", "open_id": "ou_1"}
    sender = {"sender_id": ids, "sender_type": "user", "tenant_key": "tk"}
    return {"schema": "2.0", "header": header, "event": {"sender": sender, "message": sent}}
