"""Reads what Slack delivers, once its signature has been checked: events, and slash commands."""

import re
from collections.abc import Set
from typing import Any, cast
from urllib.parse import parse_qsl

from assistant import log
from assistant.channels.contract import Answered, Given, Incoming, RefusedError
from assistant.channels.slack import posting
from assistant.routing import as_json

MESSAGES = {"message", "app_mention"}
OF_PEOPLE = {None, "file_share", "thread_broadcast"}  # subtypes of new messages; edits and notices have others
SLACKBOT = "USLACKBOT"
# Mentions, and links by their scheme: what people write between < and > in a command is left as it is.
MARKED = re.compile(r"<([@#!][^<>|]+|[a-z][a-z0-9+.-]*:[^<>|]+)(?:\|([^<>]*))?>")
MOST_FIELDS = 100


def event(body: dict[str, Any]) -> Incoming | Answered:
    """What a delivery of the Events API holds. Raises RefusedError (400)."""
    kind = body.get("type")
    if kind == "url_verification":
        return Answered(as_json(200, {"challenge": _text(body, "challenge")}))
    if kind == "app_rate_limited":
        log.event("slack holds messages back", level="WARNING")  # above 30,000 an hour for one workspace
    said = body.get("event")
    if kind != "event_callback" or not isinstance(said, dict):
        return Answered()
    return _message(body, cast("dict[str, Any]", said))


def _message(body: dict[str, Any], said: dict[str, Any]) -> Incoming | Answered:
    bots, user = _bots(body), said.get("user")
    of_person = isinstance(user, str) and user not in (*bots, SLACKBOT) and not said.get("bot_id")
    new = said.get("type") in MESSAGES and said.get("subtype") in OF_PEOPLE and not said.get("edited")
    text = shown(str(said.get("text") or ""), bots)
    if not of_person or not new or not text:
        return Answered()
    team, channel, sent = _text(body, "team_id"), _text(said, "channel"), _text(said, "ts")
    thread = said.get("thread_ts")
    address = {"channel": channel}
    if said.get("channel_type") == "im" or channel.startswith("D"):
        conversation = f"{team}:{channel}"
        if isinstance(thread, str):
            address["thread_ts"] = thread
    else:  # the reply to a message outside of a thread opens one
        address["thread_ts"] = thread if isinstance(thread, str) else sent
        conversation = f"{team}:{channel}:{address['thread_ts']}"
    # A mention comes as two events, with two event ids, where the app also hears all messages of the channel; the
    # message's own time is the same in both, in every delivery, and in no other message of the channel.
    return Incoming(f"{team}:{channel}:{sent}", conversation, str(user), text, address)


def command(body: bytes, given: Given) -> Incoming | Answered:
    """What a slash command holds. Raises RefusedError (400)."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise RefusedError("body: got something else, expected a form", 400) from None
    fields: dict[str, Any] = dict(pairs)
    if "ssl_check" in fields or "payload" in fields:
        return Answered()  # a look at the certificate, or a button of a message that somebody else sent
    name, url = _text(fields, "command"), _text(fields, "response_url")
    if not posting.is_response_url(url, given):
        raise RefusedError("response_url: got another host, expected hooks.slack.com", 400)
    text = shown(str(fields.get("text", "")))
    if not text:
        hint = f"Write what you want to know after the command: {name} What can you do?"
        return Answered(as_json(200, {"response_type": "ephemeral", "text": hint}))
    team, channel, user = (_text(fields, part) for part in ("team_id", "channel_id", "user_id"))
    address = {"response_url": url, "channel": channel, "user": user}
    return Incoming(f"{team}:{_text(fields, 'trigger_id')}", f"{team}:{channel}:{user}", user, text, address)


def shown(text: str, own: Set[str] = frozenset()) -> str:
    """Slack's markup as people see it, without mentions of the bot itself (`own`: its user ids)."""
    read = MARKED.sub(lambda found: _shown(found[1], found[2] or "", own), text)
    for escaped, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        read = read.replace(escaped, character)
    return read.strip()


def _shown(target: str, label: str, own: Set[str]) -> str:
    if target.startswith("@"):
        return "" if target[1:] in own else f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    if target.startswith("mailto:"):
        return label or target.removeprefix("mailto:")
    return target if not label or label in target else f"{label} ({target})"


def _bots(body: dict[str, Any]) -> set[str]:
    """The user ids under which the app itself speaks in this workspace."""
    given: Any = body.get("authorizations")
    listed = cast("list[Any]", given) if isinstance(given, list) else []
    entries = [cast("dict[str, Any]", entry) for entry in listed if isinstance(entry, dict)]
    return {str(entry.get("user_id")) for entry in entries if entry.get("is_bot")}


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"{name}: got {type(value).__name__}, expected a text", 400)
    return value
