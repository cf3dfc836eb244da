"""Reads DingTalk's messages, whose body is not signed: whom they are for, where the reply goes, and what they say."""

from typing import Any, cast
from urllib.parse import urlsplit

from assistant.channels import verify
from assistant.channels.contract import Answered, Given, Incoming, RefusedError

SESSION_HOST = "https://oapi.dingtalk.com/"
SINGLE, GROUP = "1", "2"


def message(body: dict[str, Any], given: Given) -> Incoming | Answered:
    """The message, or that it has no text. Raises RefusedError (401) when it is for another organisation or robot."""
    for name, option in (("chatbotCorpId", "corp_id"), ("robotCode", "robot_code")):
        value = body.get(name)
        if not isinstance(value, str) or not verify.same(value, given.option(option)):
            raise RefusedError(f"{name}: got {'nothing' if not value else 'another one'}, expected that of {option}")
    url = body.get("sessionWebhook")
    if url is not None and not (isinstance(url, str) and is_session(url, given)):
        raise RefusedError("sessionWebhook: got another host, expected oapi.dingtalk.com or that of session_url")
    text = _said(body).strip()
    if not text or body.get("senderId", "") == body.get("chatbotUserId"):
        return Answered()  # pictures and files, and what the robot itself said
    conversation, staff = _text(body, "conversationId"), body.get("senderStaffId")
    address = {"conversation": conversation, "kind": GROUP if body.get("conversationType") == GROUP else SINGLE}
    if isinstance(staff, str) and staff:  # people of other organisations have none
        address["staff"] = staff
    expires = body.get("sessionWebhookExpiredTime")
    if url is not None and isinstance(expires, int):
        address |= {"session": url, "session_expires_ms": str(int(expires))}
    user = staff if isinstance(staff, str) and staff else str(body.get("senderId") or "")
    return Incoming(_text(body, "msgId"), conversation, user, text, address)


def is_session(url: str, given: Given) -> bool:
    """True for an address at DingTalk, or at the private deployment. Nothing else is told what people asked."""
    allowed = [SESSION_HOST]
    if private := given.option("session_url"):
        parts = urlsplit(private)
        allowed.append(f"{parts.scheme}://{parts.netloc}/")
    return url.isascii() and url.isprintable() and " " not in url and url.startswith(tuple(allowed))


def _said(body: dict[str, Any]) -> str:
    kind, content = body.get("msgtype"), _object(body, "content")
    if kind == "text":
        return _string(_object(body, "text").get("content"))
    if kind == "richText":
        runs: Any = content.get("richText")
        listed = cast("list[Any]", runs) if isinstance(runs, list) else []
        return "".join(_string(cast("dict[str, Any]", run).get("text")) for run in listed if isinstance(run, dict))
    if kind == "audio":
        return _string(content.get("recognition"))
    return ""


def _object(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"{name}: got {type(value).__name__}, expected a text", 400)
    return value
