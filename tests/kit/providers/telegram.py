"""A local fake of Telegram's Bot API (10.1): refuses what the real one would refuse, and keeps what it took."""

import json
import re
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from assistant.channels.contract import Installation
from assistant.routing import Request
from tests.kit.providers.calling import Scripted, Through

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET_TOKEN = "tg-Secret_0123456789abcdefABCDEF"
SENDER = {"id": 1_111_111, "is_bot": False, "first_name": "T"}
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "sendMessage": {
        "business_connection_id": str, "chat_id": (int, str), "message_thread_id": int, "direct_messages_topic_id": int,
        "text": str, "parse_mode": str, "entities": list, "link_preview_options": dict, "disable_notification": bool,
        "protect_content": bool, "allow_paid_broadcast": bool, "message_effect_id": str, "reply_parameters": dict,
        "suggested_post_parameters": dict, "reply_markup": dict,
    },
    "sendChatAction": {
        "business_connection_id": str, "chat_id": (int, str), "message_thread_id": int, "action": str,
    },
    "setWebhook": {
        "url": str, "ip_address": str, "max_connections": int, "allowed_updates": list, "drop_pending_updates": bool,
        "secret_token": str,
    },
    "getWebhookInfo": {},
}  # fmt: skip
REQUIRED = {
    "sendMessage": {"chat_id", "text"}, "sendChatAction": {"chat_id", "action"}, "setWebhook": {"url"},
    "getWebhookInfo": set[str](),
}  # fmt: skip
TAGS = {
    "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "tg-emoji", "code", "pre",
    "blockquote",
}  # fmt: skip
BARE = re.compile(r"&(?!(lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);)")


class RefusedMarkupError(ValueError):
    """Not the HTML that Telegram reads."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise RefusedMarkupError(f'Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise RefusedMarkupError(f'Unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(marked: str) -> str:
    """The text that people see. Raises RefusedMarkupError."""
    reader = _Reader()
    if BARE.search(marked) or re.search(r"<(?![/a-z])", marked):
        raise RefusedMarkupError("Unsupported character")
    reader.feed(marked)
    reader.close()
    if reader.open:
        raise RefusedMarkupError(f'Can\'t find end tag "{reader.open[-1]}"')
    return reader.text


@dataclass
class TelegramApi:
    """Answers as Telegram does. `prepared` answers come first, one for each call."""

    token: str = TOKEN
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(method, fields) of every call, also of those that were refused."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """The messages that people see."""
    prepared: deque[httpx.Response | Exception] = field(default_factory=deque)
    webhook: dict[str, Any] = field(default_factory=dict)

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        token, _, method = request.url.path.removeprefix("/bot").partition("/")
        fields = json.loads(request.content)
        self.calls.append((method, fields))
        if self.prepared:
            answer = self.prepared.popleft()
            if isinstance(answer, Exception):
                raise answer
            return answer
        if token != self.token:
            return refusal(401, "Unauthorized")
        assert method in FIELDS, method
        self._check(method, fields)
        return getattr(self, f"_{method}")(fields)

    @staticmethod
    def _check(method: str, fields: dict[str, Any]) -> None:
        assert REQUIRED[method] <= set(fields), f"{method} without {REQUIRED[method] - set(fields)}"
        for name, value in fields.items():
            assert name in FIELDS[method], f"{method} has no parameter {name}"
            assert isinstance(value, FIELDS[method][name]), f"{method}.{name}: {value!r}"

    def _sendMessage(self, fields: dict[str, Any]) -> httpx.Response:
        assert fields.get("parse_mode") in (None, "HTML", "MarkdownV2", "Markdown")
        try:
            text = shown(fields["text"]) if fields.get("parse_mode") == "HTML" else fields["text"]
        except RefusedMarkupError as error:
            return refusal(400, f"Bad Request: can't parse entities: {error}")
        if not text.strip():
            return refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) > 2 * 4096:
            return refusal(400, "Bad Request: message is too long")
        self.sent.append({**fields, "shown": text})
        chat = {"id": fields["chat_id"], "type": "private"}
        return success({"message_id": len(self.sent), "date": 1_700_000_000, "chat": chat, "text": text})

    def _sendChatAction(self, fields: dict[str, Any]) -> httpx.Response:
        assert fields["action"] in ACTIONS
        return success(True)

    def _setWebhook(self, fields: dict[str, Any]) -> httpx.Response:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", fields["secret_token"])
        assert 1 <= fields["max_connections"] <= 100
        if not fields["url"].startswith("https://"):
            return refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = fields
        return httpx.Response(200, json={"ok": True, "result": True, "description": "Webhook was set"})

    def _getWebhookInfo(self, fields: dict[str, Any]) -> httpx.Response:
        info = {"url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": 0}
        return success({**info, **self.webhook.get("told", {})})


def success(result: Any) -> httpx.Response:
    """The envelope of what was done."""
    return httpx.Response(200, json={"ok": True, "result": result})


def refusal(code: int, description: str, **parameters: int) -> httpx.Response:
    """The envelope of what was not done."""
    more = {"parameters": parameters} if parameters else {}
    return httpx.Response(code, json={"ok": False, "error_code": code, "description": description, **more})


def given(api: TelegramApi, **options: str) -> Scripted:
    """What the channel works with against the fake."""
    secrets = {"bot_token": TOKEN, "secret_token": SECRET_TOKEN}
    return Scripted(Installation("telegram", options=options), Through(api.handle), secrets)


def delivery(body: bytes | dict[str, Any], secret_token: str | None = SECRET_TOKEN) -> Request:
    """An update as Telegram delivers it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    if secret_token is not None:
        headers["x-telegram-bot-api-secret-token"] = secret_token
    return Request("POST", "/telegram", body=raw, headers=headers)


def update(
    text: str, *, update_id: int = 10_000, chat: dict[str, Any] | None = None, sender: Any = SENDER, **message: Any
) -> dict[str, Any]:
    """An update with a message of a person."""
    return {
        "update_id": update_id,
        "message": {
            "message_id": 1365,
            "date": 1_700_000_000,
            "chat": chat or {"id": 1_111_111, "type": "private"},
            "from": sender,
            "text": text,
            **message,
        },
    }
