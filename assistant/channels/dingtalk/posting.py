"""Sends to DingTalk: by the address that came with a message, or under the app's access token."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from assistant import secrets
from assistant.channels.contract import Answer, Given, Part, SendError
from assistant.channels.dingtalk import reading

API_URL = "https://api.dingtalk.com"
SPARE_MS = 5000  # of a session that is about to end
TITLE_CHARS = 30
CODE = re.compile(r"[A-Za-z0-9._-]{1,80}")
BUSY = -1
TOO_FAST = {130101, 130102, 90018, 90030}
WAIT_S = 60.0  # limits count by the minute
LIMITED = re.compile(r"throttl|qps|qpm|flow|limit", re.IGNORECASE)
TOKEN_REFUSED = re.compile(r"invalid\W?(authentication|access_?token)", re.IGNORECASE)


def by_session(part: Part, address: Mapping[str, str], given: Given) -> bool:
    """Sends with the address that came with the message. False: it is over, or was refused. Raises SendError."""
    url, now_ms = address.get("session", ""), given.now() * 1000
    if not url or now_ms >= int(address["session_expires_ms"]) - SPARE_MS or not reading.is_session(url, given):
        return False
    markdown = {"title": title(part.text), "text": part.text}
    answer = given.api.call("POST", url, json={"msgtype": "markdown", "markdown": markdown})
    code = _content(answer).get("errcode")
    if answer.status == 200 and code == 0:
        return True
    line = f"dingtalk: got {answer.status}{_told(code)}, expected 200 and errcode 0"
    if code in TOO_FAST or answer.status == 429:
        raise SendError(line, passing=True, wait_s=WAIT_S)
    if code == BUSY or answer.status == 503:
        raise SendError(line, passing=True)
    # A gateway's error, or a success that cannot be read, does not tell whether the message went out.
    if answer.status >= 500 or (answer.status == 200 and not isinstance(code, int)):
        raise SendError(line, passing=True, unclear=True)
    return False  # such as 300001: a session ends before its time, and then it was not sent


def by_app(part: Part, address: Mapping[str, str], given: Given) -> None:
    """Sends as the app's robot to the group or to the person. Raises SendError."""
    parameters = {"title": title(part.text), "text": part.text}
    fields: dict[str, Any] = {
        "robotCode": given.option("robot_code"),
        "msgKey": "sampleMarkdown",
        # Not as ASCII, which would take twice the bytes and count against the limit.
        "msgParam": json.dumps(parameters, ensure_ascii=False, separators=(",", ":")),
    }
    if address["kind"] == reading.GROUP:
        method, fields["openConversationId"] = "groupMessages/send", address["conversation"]
    elif "staff" in address:
        method, fields["userIds"] = "oToMessages/batchSend", [address["staff"]]
    else:
        raise SendError("dingtalk: got no senderStaffId, expected one: the session is over and cannot be replaced")
    answer = _call(given, method, fields)
    if answer.status == 401 or TOKEN_REFUSED.search(_code(answer)):
        given.tokens.drop(_token_key(given))
        answer = _call(given, method, fields)
    if answer.status != 200 or not _content(answer).get("processQueryKey"):
        raise _error(answer, given)
    _delivered(answer, address.get("staff", ""))


def title(text: str) -> str:
    """What notifications show of a message: the beginning of its first line, without marks."""
    first = next((line for line in text.splitlines() if re.search(r"\w", line)), "")
    plain = re.sub(r"^[\s#>*+-]+|[*`_~]", "", first).strip()
    return (plain if len(plain) <= TITLE_CHARS else plain[: TITLE_CHARS - 1] + "…") or "…"


def _call(given: Given, method: str, fields: dict[str, Any]) -> Answer:
    token = given.tokens.get(_token_key(given), lambda: _new_token(given))
    return given.api.call(
        "POST", f"{_base(given)}/v1.0/robot/{method}", json=fields, headers={"x-acs-dingtalk-access-token": token}
    )


def _new_token(given: Given) -> tuple[str, float]:
    fields = {"appKey": given.option("app_key"), "appSecret": given.secret("app_secret")}
    try:
        answer = given.api.call("POST", f"{_base(given)}/v1.0/oauth2/accessToken", json=fields)
    except SendError as failed:  # no message was sent yet, whatever became of this call
        raise SendError(f"dingtalk access token: {failed}", passing=True, wait_s=failed.wait_s) from None
    read = _content(answer)
    token, lives_s = read.get("accessToken"), read.get("expireIn")
    if answer.status == 200 and isinstance(token, str) and token and isinstance(lives_s, int):
        return token, float(lives_s)
    if 400 <= answer.status < 500 and answer.status != 429:  # the new secret may be there already
        secrets.forget(given.installation.secrets.get("app_secret", ""))
    raise SendError(f"dingtalk access token: got {answer.status}{_told(_code(answer))}, expected one", passing=True)


def _delivered(answer: Answer, staff: str) -> None:
    read = _content(answer)
    if staff and staff in (read.get("flowControlledStaffIdList") or ()):
        raise SendError("dingtalk: got 200 (flow control), expected delivery", passing=True, wait_s=WAIT_S)
    if staff and staff in (read.get("invalidStaffIdList") or ()):
        raise SendError("dingtalk: got 200 (invalid staff id), expected delivery")


def _error(answer: Answer, given: Given) -> SendError:
    code = _code(answer)
    line = f"dingtalk: got {answer.status}{_told(code)}, expected 200 and a processQueryKey"
    if answer.status == 429 or LIMITED.search(code):
        return SendError(line, passing=True, wait_s=WAIT_S)
    if answer.status == 503:
        return SendError(line, passing=True)
    if answer.status == 401 or TOKEN_REFUSED.search(code):  # also with a new token
        given.tokens.drop(_token_key(given))
        return SendError(f"{line}: the access token was refused", passing=True)
    unclear = answer.status >= 500 or answer.status == 200
    return SendError(line, passing=unclear, unclear=unclear)


def _base(given: Given) -> str:
    return given.option("api_url", API_URL).rstrip("/")


def _token_key(given: Given) -> str:
    # By installation, so that nobody uses a token for which they hold no secret.
    installation = given.installation
    return f"{installation.tenant}#{installation.channel}#{installation.name}#{given.option('app_key')}"


def _code(answer: Answer) -> str:
    return str(_content(answer).get("code") or "")


def _told(code: Any) -> str:
    told = str(code if code is not None else "")
    return f" ({told})" if CODE.fullmatch(told) else ""  # one of DingTalk's words, never a text


def _content(answer: Answer) -> dict[str, Any]:
    read = answer.json()
    return cast("dict[str, Any]", read) if isinstance(read, dict) else {}
