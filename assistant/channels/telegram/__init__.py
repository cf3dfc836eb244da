"""The Telegram channel: private chats, groups and forum topics of one bot."""

import html
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from assistant.channels import verify
from assistant.channels.contract import Answer, Answered, Given, Incoming, Part, RefusedError, Rules, SendError
from assistant.channels.telegram import calls
from assistant.routing import Request
from assistant.secrets import SecretUnavailableError

SECRET_HEADER = "x-telegram-bot-api-secret-token"
DIALECT = "telegram_html"  # HTML needs three characters escaped, MarkdownV2 eighteen
WAYS = 3  # as it is; to the chat's new id; as plain text
LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
TAG = re.compile(r"<[^<>]*>")

RULES = Rules(
    name="telegram",
    ack_budget_s=60.0,
    # At once, doubling to 32 s, then every 60 to 120 s until the update is a day old: the first minutes of it.
    retry_ladder_s=(0, 2, 4, 8, 16, 32, 60, 120, 120, 120),
    dedup_ttl_s=90_000,  # updates live for 86,400 s; an hour more
    past_s=89_700,  # dedup_ttl_s - future_s: whatever is still fresh is still known, so that nothing can be replayed
    future_s=300,
    reply_limit=4096,
    reply_unit="utf16",
    replies_per_s=1.0,  # groups: 20 per minute; what is above is answered with 429 and the time to wait
    secrets=("bot_token", "secret_token"),
    receiving=("secret_token",),
    registration="api",
)


class Telegram:
    """See `Channel`. A conversation is a chat, or one topic of a forum."""

    rules = RULES
    routes = (("POST", ""),)

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """See `Channel`. Only new messages of people count; an edited one has been answered already."""
        if not verify.same(verify.required(request.headers, SECRET_HEADER), given.secret("secret_token")):
            raise RefusedError(f"{SECRET_HEADER}: got another value, expected the secret token")
        update = verify.read_object(request.body)
        update_id, message = _whole(update, "update_id"), update.get("message")
        if not isinstance(message, dict):
            return Answered()
        return _read(update_id, cast("dict[str, Any]", message), given)

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`."""
        from assistant import rendering  # who takes messages in renders nothing, and starts sooner without it

        return rendering.render(reply, DIALECT, RULES.reply_limit, RULES.reply_unit)

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. Follows a group that became a supergroup; a refused markup is sent as plain text."""
        fields = {
            **_place(address),
            "text": part.text,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if "reply_to" in address and part.index == 0:
            quoted = int(address["reply_to"])
            fields["reply_parameters"] = {"message_id": quoted, "allow_sending_without_reply": True}
        answer = calls.ask(given, "sendMessage", fields)
        for _ in range(WAYS - 1):
            other = None if calls.accepted(answer) else _another_way(fields, answer)
            if other is None:
                break
            fields = other
            answer = calls.ask(given, "sendMessage", fields)
        if not calls.accepted(answer):
            raise calls.error(answer, given)

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. Telegram shows it for five seconds at most."""
        with suppress(SendError, SecretUnavailableError):
            calls.ask(given, "sendChatAction", {**_place(address), "action": "typing"})


def _read(update_id: int, message: dict[str, Any], given: Given) -> Incoming | Answered:
    sender, chat = _object(message, "from"), _object(message, "chat")
    text = message.get("text") or message.get("caption")
    if not isinstance(text, str) or not sender or sender.get("is_bot") or message.get("is_automatic_forward"):
        return Answered()  # pictures, who joined, other bots, what a channel passes on to its discussion group
    verify.fresh(_whole(message, "date"), given.now(), RULES)
    chat_id = str(_whole(chat, "id"))
    address = {"chat_id": chat_id}
    conversation = chat_id
    # Replies in ordinary groups carry a thread too, but nothing can be sent to it.
    if "message_thread_id" in message and (message.get("is_topic_message") or chat.get("is_forum")):
        address["message_thread_id"] = str(_whole(message, "message_thread_id"))
        conversation = f"{chat_id}:{address['message_thread_id']}"
    if chat.get("type") != "private":
        address["reply_to"] = str(_whole(message, "message_id"))
    return Incoming(str(update_id), conversation, str(_whole(sender, "id")), text, address)


def _place(address: Mapping[str, str]) -> dict[str, Any]:
    # Ids need 64 bits, which Python's whole numbers have.
    return {name: int(address[name]) for name in ("chat_id", "message_thread_id") if name in address}


def _another_way(fields: dict[str, Any], refused: Answer) -> dict[str, Any] | None:
    """What to send after a refusal that says how; None when there is no other way. Only for what was not sent."""
    if refused.status != 400:
        return None
    moved_to = calls.parameters(refused).get("migrate_to_chat_id")
    if isinstance(moved_to, int):
        rest = {name: value for name, value in fields.items() if name not in ("message_thread_id", "reply_parameters")}
        return {**rest, "chat_id": moved_to}  # ids of messages begin anew there
    if "can't parse entities" in calls.description(refused) and "parse_mode" in fields:
        rest = {name: value for name, value in fields.items() if name != "parse_mode"}
        return {**rest, "text": plain(fields["text"])}
    return None


def plain(marked: str) -> str:
    """Telegram's HTML as plain text, with the addresses of links while the limit holds."""
    shown = LINK.sub(lambda link: link[2] if link[1] == link[2] else f"{link[2]} ({link[1]})", marked)
    with_links, without = (html.unescape(TAG.sub("", text)) for text in (shown, marked))
    return with_links if len(with_links.encode("utf-16-le")) // 2 <= RULES.reply_limit else without


def _object(message: dict[str, Any], name: str) -> dict[str, Any]:
    value = message.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _whole(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusedError(f"{name}: got {type(value).__name__}, expected a whole number", 400)
    return value


CHANNEL = Telegram()
