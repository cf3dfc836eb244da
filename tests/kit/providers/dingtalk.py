"""A local fake of DingTalk: session addresses, access tokens and the robot's API; keeps what it took."""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from assistant.channels.contract import Installation
from assistant.routing import Request
from tests.kit.providers.calling import Scripted, Through

APP_KEY, APP_SECRET, ROBOT, CORP = "dingapp1", "test-app-secret", "rc1", "dingcorp1"
AES_KEY, TOKEN = "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7", "mryue"
SESSION_URL = "https://oapi.dingtalk.com/robot/sendBySession?session=s1"
SESSION_BYTES, TEMPLATE_BYTES = 20_000, 15_000


class KeptTokens:
    """The `Tokens` protocol, without ever forgetting by itself."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.lives: dict[str, float] = {}

    def get(self, key: str, fetch: Callable[[], tuple[str, float]]) -> str:
        if key not in self.kept:
            self.kept[key], self.lives[key] = fetch()
        return self.kept[key]

    def drop(self, key: str) -> None:
        self.kept.pop(key, None)


@dataclass
class DingTalkApi:
    """Answers as DingTalk does. `prepared` answers come first, one for each call."""

    api_url: str = "https://api.dingtalk.com"
    session_host: str = "https://oapi.dingtalk.com"
    app_secret: str = APP_SECRET
    sessions: set[str] = field(default_factory=lambda: {"s1"})
    """Those that are alive."""
    tokens: set[str] = field(default_factory=set[str])
    made: int = 0
    flow_controlled: set[str] = field(default_factory=set[str])
    unknown_staff: set[str] = field(default_factory=set[str])
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(path, fields) of every call, also of those that were refused."""
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(group's id, staff id or session, {title, text}): what people see."""
    prepared: deque[httpx.Response | Exception] = field(default_factory=deque)

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        fields = json.loads(request.content)
        url, path = str(request.url), request.url.path
        self.calls.append((path, fields))
        if self.prepared:
            answer = self.prepared.popleft()
            if isinstance(answer, Exception):
                raise answer
            return answer
        if path == "/robot/sendBySession":
            assert url.startswith(f"{self.session_host}/")
            assert "x-acs-dingtalk-access-token" not in request.headers, "a session is no place for the token"
            return self._session(request.url.params["session"], fields, len(request.content))
        assert url == f"{self.api_url}{path}"
        if path == "/v1.0/oauth2/accessToken":
            return self._token(fields)
        if request.headers.get("x-acs-dingtalk-access-token") not in self.tokens:
            return refusal(400, "InvalidAuthentication", "不合法的access_token")
        assert len(fields["msgParam"].encode()) <= TEMPLATE_BYTES
        return self._robot(path, fields)

    def _session(self, session: str, fields: dict[str, Any], size: int) -> httpx.Response:
        assert set(fields) == {"msgtype", "markdown"}
        assert fields["msgtype"] == "markdown"
        self._markdown(fields["markdown"])
        if session not in self.sessions:
            return httpx.Response(200, json={"errcode": 300001, "errmsg": "session 不存在"})
        if size > SESSION_BYTES:
            return httpx.Response(200, json={"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"})
        self.sent.append((session, fields["markdown"]))
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok"})

    def _token(self, fields: dict[str, Any]) -> httpx.Response:
        assert set(fields) == {"appKey", "appSecret"}
        if fields != {"appKey": APP_KEY, "appSecret": self.app_secret}:
            return refusal(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
        self.made += 1
        self.tokens = {f"token{self.made}"}
        return httpx.Response(200, json={"accessToken": f"token{self.made}", "expireIn": 7200})

    def _robot(self, path: str, fields: dict[str, Any]) -> httpx.Response:
        group = path == "/v1.0/robot/groupMessages/send"
        assert group or path == "/v1.0/robot/oToMessages/batchSend", path
        assert set(fields) == {"robotCode", "msgKey", "msgParam", "openConversationId" if group else "userIds"}
        assert fields["msgKey"] == "sampleMarkdown"
        shown = json.loads(fields["msgParam"])
        self._markdown(shown)
        if fields["robotCode"] != ROBOT:
            return refusal(400, "invalidParameter.robotCode.auth", "robot does not match")
        if group:
            assert isinstance(fields["openConversationId"], str)
            self.sent.append((fields["openConversationId"], shown))
            return httpx.Response(200, json={"processQueryKey": "key1"})
        assert isinstance(fields["userIds"], list)
        assert 1 <= len(fields["userIds"]) <= 20
        slow, unknown = (
            [id for id in fields["userIds"] if id in those] for those in (self.flow_controlled, self.unknown_staff)
        )
        self.sent += [(id, shown) for id in fields["userIds"] if id not in slow + unknown]
        told = {"processQueryKey": "key1", "invalidStaffIdList": unknown, "flowControlledStaffIdList": slow}
        return httpx.Response(200, json=told)

    @staticmethod
    def _markdown(fields: dict[str, Any]) -> None:
        assert set(fields) == {"title", "text"}
        assert all(isinstance(value, str) and value for value in fields.values())


def refusal(status: int, code: str, text: str = "no") -> httpx.Response:
    """What the API answers when it does not do it."""
    return httpx.Response(status, json={"code": code, "message": text, "requestid": "A1"})


def given(api: DingTalkApi, *, encrypted: bool = False, **options: str) -> Scripted:
    """What the channel works with against the fake."""
    secrets = {"app_secret": APP_SECRET, **({"aes_key": AES_KEY, "token": TOKEN} if encrypted else {})}
    options = {"app_key": APP_KEY, "robot_code": ROBOT, "corp_id": CORP, **options}
    installation = Installation("dingtalk", secrets={name: f"file:{name}" for name in secrets}, options=options)
    return Scripted(installation, Through(api.handle), secrets, tokens=KeptTokens())


def signature(at_ms: str, secret: str = APP_SECRET) -> str:
    """What DingTalk sends along with a message: it does not cover the body."""
    return base64.b64encode(hmac.new(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256).digest()).decode()


def delivery(body: bytes | dict[str, Any], *, at_ms: str = "1700000000000", sign: str | None = None) -> Request:
    """A message as DingTalk delivers it, rightly signed unless told otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    headers = {"content-type": "application/json", "timestamp": at_ms}
    headers["sign"] = signature(at_ms) if sign is None else sign
    return Request("POST", "/dingtalk", body=raw, headers=headers)


def message(text: str = "hi", *, message_id: str = "msg1", **fields: Any) -> dict[str, Any]:
    """A person's message in a group. Fields that are None leave it."""
    body = {
        "conversationId": "cid1", "conversationType": "2", "msgId": message_id, "msgtype": "text",
        "text": {"content": text}, "senderStaffId": "u1", "chatbotCorpId": CORP, "robotCode": ROBOT,
        "createAt": 1_700_000_000_000, "sessionWebhook": SESSION_URL, "sessionWebhookExpiredTime": 1_700_005_400_000,
        **fields,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}
