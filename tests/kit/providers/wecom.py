"""A local fake of WeCom's API: refuses what the real one would refuse, and keeps what it took."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from assistant.channels.callback_crypto import CorpCipher
from assistant.channels.contract import Installation
from assistant.routing import Request
from tests.kit.providers.calling import Scripted, Through
from tests.kit.providers.tokens import KeptTokens

TOKEN, CORP_ID, APP_SECRET, AGENT_ID = "QDG6eK", "wx5823bf96d3bd56c7", "app-secret-0123456789", 218
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
MOST_BYTES = 2048
FIELDS: dict[str, type] = {
    "touser": str, "agentid": int, "msgtype": str, "text": dict, "markdown": dict, "safe": int,
    "enable_id_trans": int, "enable_duplicate_check": int, "duplicate_check_interval": int,
}  # fmt: skip


@dataclass
class WeComApi:
    """Answers as WeCom does. `prepared` answers to sends come first, one for each."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    """The fields of every send, also of those that were refused."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What people see."""
    tokens: list[str] = field(default_factory=list)
    """Every token that was given out; the last one is good."""
    prepared: deque[httpx.Response | Exception] = field(default_factory=deque)
    prepared_token: deque[httpx.Response | Exception] = field(default_factory=deque)
    members: set[str] = field(default_factory=lambda: {"u1", "mycreate"})
    bodies: set[bytes] = field(default_factory=set)

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "qyapi.weixin.qq.com"
        if request.url.path == "/cgi-bin/gettoken":
            return self._token(request)
        assert (request.method, request.url.path) == ("POST", "/cgi-bin/message/send")
        assert set(request.url.params) == {"access_token"}
        fields = json.loads(request.content)
        self.calls.append(fields)
        kind = fields["msgtype"]
        assert set(fields) <= set(FIELDS)
        assert all(isinstance(value, FIELDS[name]) for name, value in fields.items())
        assert kind in ("text", "markdown")
        assert {"touser", "agentid", kind} <= set(fields)
        assert set(fields[kind]) == {"content"}
        assert 0 < fields["duplicate_check_interval"] <= 4 * 3600
        if self.prepared:
            return _prepared(self.prepared)
        if request.url.params["access_token"] != self.tokens[-1]:
            return failure(40014, "invalid access_token")
        if fields["agentid"] != AGENT_ID:
            return failure(40056, "invalid agentid")
        if len(fields[kind]["content"].encode()) > MOST_BYTES:
            return failure(45002, "content size out of limit")
        if fields["touser"] not in self.members:
            return failure(81013, "user & party & tag all invalid")
        if fields["enable_duplicate_check"] != 1 or request.content not in self.bodies:
            self.bodies.add(request.content)
            self.sent.append(fields)
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "xxx"})

    def _token(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        assert set(request.url.params) == {"corpid", "corpsecret"}
        if self.prepared_token:
            return _prepared(self.prepared_token)
        if request.url.params["corpid"] != CORP_ID:
            return failure(40013, "invalid corpid")
        if request.url.params["corpsecret"] != APP_SECRET:
            return failure(40001, "invalid credential")
        self.tokens.append(f"access-{len(self.tokens)}")
        found = {"errcode": 0, "errmsg": "ok", "access_token": self.tokens[-1], "expires_in": 7200}
        return httpx.Response(200, json=found)

    @property
    def texts(self) -> list[str]:
        """What people read, with the characters that they do not see."""
        return [fields[fields["msgtype"]]["content"] for fields in self.sent]


def _prepared(answers: deque[httpx.Response | Exception]) -> httpx.Response:
    answer = answers.popleft()
    if isinstance(answer, Exception):
        raise answer
    return answer


def failure(code: int, message: str = "failed", status: int = 200) -> httpx.Response:
    """What WeCom answers when it does not do what it was asked to."""
    return httpx.Response(status, json={"errcode": code, "errmsg": f"{message}, hint: [1700000000]"})


def given(api: WeComApi, **options: str) -> Scripted:
    """What the channel works with against the fake."""
    secrets = {"token": TOKEN, "aes_key": AES_KEY, "app_secret": APP_SECRET}
    installation = Installation("wecom", options={"corp_id": CORP_ID, "agent_id": str(AGENT_ID), **options})
    return Scripted(installation, Through(api.handle), secrets, tokens=KeptTokens())


CIPHER = CorpCipher(TOKEN, AES_KEY, CORP_ID)


def message(text: str = "hi", **fields: str) -> str:
    """A member's message, before it is encrypted. `fields` replace its own; those that are empty leave it."""
    sent = {
        "ToUserName": CORP_ID, "FromUserName": "u1", "CreateTime": "1700000000", "MsgType": "text", "Content": text,
        "MsgId": "1", "AgentID": str(AGENT_ID), **fields,
    }  # fmt: skip
    inside = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in sent.items() if value)
    return f"<xml>{inside}</xml>"


def around(encrypted: str) -> bytes:
    """The body around an encrypted text."""
    xml = f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
    return f"{xml}<AgentID><![CDATA[{AGENT_ID}]]></AgentID></xml>".encode()


def request(
    method: str, encrypted: str, *, at: str = "1700000000", nonce: str = "n1", sign: str | None = None,
    body: bytes | None = None,
) -> Request:  # fmt: skip
    """A handshake (GET) or a delivery (POST) with an encrypted text, rightly signed unless told otherwise."""
    signature = CIPHER.signature(at, nonce, encrypted) if sign is None else sign
    query = {"msg_signature": signature, "timestamp": at, "nonce": nonce}
    if method == "GET":
        return Request("GET", "/wecom", urlencode({**query, "echostr": encrypted}))
    return Request("POST", "/wecom", urlencode(query), around(encrypted) if body is None else body)


def delivery(text: str = "hi", *, at: str = "1700000000", nonce: str = "n1", **fields: str) -> Request:
    """A member's message as WeCom delivers it."""
    encrypted = CIPHER.encrypt(message(text, **fields), at, nonce)["encrypt"]
    return request("POST", encrypted, at=at, nonce=nonce)
