"""A local fake of Discord's API (v10): interactions' own messages, channels and the application; keeps what it took."""

import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx
from Crypto.Signature import eddsa

from assistant.channels.contract import Installation
from assistant.routing import Request
from tests.kit.providers.calling import Scripted, Through

SEED = bytes(range(32))
PUBLIC_KEY = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
APPLICATION, BOT_TOKEN = "app1", "bot-token-of-app1"
BASE = "https://discord.com/api/v10"
CONTENT_CHARS = 2000
FIELDS: dict[str, type] = {"content": str, "allowed_mentions": dict, "flags": int}
CHANNEL_FIELDS: dict[str, type] = {**FIELDS, "nonce": str, "enforce_nonce": bool}
OPTION_FIELDS = {"type", "name", "description", "required", "max_length", "min_length", "choices"}


@dataclass
class DiscordApi:
    """Answers as Discord does. `prepared` answers come first, one for each call."""

    tokens: set[str] = field(default_factory=lambda: {"tok1"})
    """Of interactions that were acknowledged and are not over."""
    bot_token: str = BOT_TOKEN
    original: str | None = None
    """The message that waited for the command's answer."""
    followed: list[str] = field(default_factory=list)
    posted: dict[str, str] = field(default_factory=dict)
    """nonce -> message in the channel."""
    application: dict[str, Any] = field(
        default_factory=lambda: {"id": APPLICATION, "verify_key": PUBLIC_KEY, "interactions_endpoint_url": None}
    )
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    """(method, path below /api/v10, fields) of every call, also of those that were refused."""
    lost: deque[bool] = field(default_factory=deque)
    """True: the next call is carried out, but its answer is lost."""
    prepared: deque[httpx.Response | Exception] = field(default_factory=deque)

    def handle(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        assert url.startswith(f"{BASE}/")
        assert re.fullmatch(r"DiscordBot \(https://\S+, \S+\)", request.headers["user-agent"])
        path = url.removeprefix(BASE)
        fields = json.loads(request.content) if request.content else None
        assert fields is None or request.headers["content-type"] == "application/json"
        self.calls.append((request.method, path, fields))
        if self.prepared:
            answer = self.prepared.popleft()
            if isinstance(answer, Exception):
                raise answer
            return answer
        answer = self._answer(request, path, fields)
        if self.lost and self.lost.popleft():
            raise httpx.ReadTimeout("", request=request)
        return answer

    def _answer(self, request: httpx.Request, path: str, fields: Any) -> httpx.Response:
        if found := re.fullmatch(rf"/webhooks/{APPLICATION}/([^/]+)(/messages/@original)?", path):
            assert "authorization" not in request.headers, "the interaction's token is the credential"
            assert request.method == ("PATCH" if found[2] else "POST")
            return self._interaction(found[1], bool(found[2]), fields)
        if request.headers.get("authorization") != f"Bot {self.bot_token}":
            return refusal(401, 0, "401: Unauthorized")
        if re.fullmatch(r"/channels/c1/messages", path) and request.method == "POST":
            return self._channel(fields)
        if path.startswith("/channels/"):
            return refusal(404, 10003, "Unknown Channel")
        if path == "/applications/@me":
            if request.method == "PATCH":
                assert set(fields) == {"interactions_endpoint_url"}
                self.application |= fields
            return httpx.Response(200, json=self.application)
        assert (request.method, path) == ("POST", f"/applications/{APPLICATION}/commands")
        return self._command(fields)

    def _interaction(self, token: str, original: bool, fields: dict[str, Any]) -> httpx.Response:
        check(fields, FIELDS)
        if token not in self.tokens:
            return refusal(404, 10015, "Unknown Webhook")
        if original:
            self.original = fields["content"]
        else:
            self.followed.append(fields["content"])
        return httpx.Response(200, json={"id": "1", "content": fields["content"]})

    def _channel(self, fields: dict[str, Any]) -> httpx.Response:
        check(fields, CHANNEL_FIELDS)
        assert len(fields["nonce"]) <= 25
        assert fields["enforce_nonce"] is True
        self.posted.setdefault(fields["nonce"], fields["content"])
        return httpx.Response(200, json={"id": "1", "content": self.posted[fields["nonce"]]})

    def _command(self, fields: dict[str, Any]) -> httpx.Response:
        assert re.fullmatch(r"[a-z0-9_-]{1,32}", fields["name"])
        assert 1 <= len(fields["description"]) <= 100
        assert fields["type"] == 1
        for option in fields["options"]:
            assert set(option) <= OPTION_FIELDS
            assert 1 <= len(option["description"]) <= 100
            assert 1 <= option["max_length"] <= 6000
        known = fields["name"] in self.commands
        self.commands[fields["name"]] = fields
        return httpx.Response(200 if known else 201, json={"id": "9", **fields})


def check(fields: dict[str, Any], known: dict[str, type]) -> None:
    """What every message has to be."""
    assert set(fields) <= set(known), set(fields) - set(known)
    assert all(isinstance(value, known[name]) for name, value in fields.items())
    assert 1 <= len(fields["content"]) <= CONTENT_CHARS
    assert fields["allowed_mentions"] == {"parse": []}, "what a model writes mentions nobody"


def refusal(status: int, code: int, text: str = "no", **more: Any) -> httpx.Response:
    """What Discord answers when it does not do it."""
    return httpx.Response(status, json={"code": code, "message": text, **more})


def given(api: DiscordApi, *, bot: bool = True, **options: str) -> Scripted:
    """What the channel works with against the fake."""
    secrets = {"bot_token": BOT_TOKEN} if bot else {}
    options = {"public_key": PUBLIC_KEY, "application_id": APPLICATION, **options}
    installation = Installation("discord", secrets={name: f"file:{name}" for name in secrets}, options=options)
    return Scripted(installation, Through(api.handle), secrets)


def signature(body: bytes, at: str, seed: bytes = SEED) -> str:
    """What Discord sends along with a body."""
    return eddsa.new(eddsa.import_private_key(seed), "rfc8032").sign(at.encode() + body).hex()


def delivery(body: bytes | dict[str, Any], *, at: str = "1700000000", sign: str | None = None) -> Request:
    """An interaction as Discord delivers it, rightly signed unless told otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    headers = {"content-type": "application/json", "x-signature-timestamp": at}
    headers["x-signature-ed25519"] = signature(raw, at) if sign is None else sign
    return Request("POST", "/discord", body=raw, headers=headers)


def command(text: str = "hi", *, interaction_id: str = "1174109840998400001", **fields: Any) -> dict[str, Any]:
    """A slash command of a person in a server. Fields that are None leave it."""
    option = {"type": 3, "name": "question", "value": text}
    body = {
        "id": interaction_id, "application_id": APPLICATION, "type": 2, "guild_id": "g1", "channel_id": "c1",
        "token": "tok1", "version": 1, "member": {"user": {"id": "u1", "username": "ann"}, "roles": []},
        "data": {"id": "d1", "name": "ask", "type": 1, "options": [option]}, **fields,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}
