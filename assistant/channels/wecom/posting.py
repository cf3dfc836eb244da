"""Sends to WeCom: texts and Markdown, the token that they need, and what WeCom's answers mean."""

import re
from collections.abc import Mapping
from typing import Any, cast

from assistant import secrets
from assistant.channels.contract import Answer, Given, Part, SendError

API_URL = "https://qyapi.weixin.qq.com"
SAME_FOR_S = 1800
"""Within this time WeCom delivers a message that is the same once."""
MARKS = "\u200b\u200c\u200d\u2060"  # characters that are not shown; they take three bytes each
MARK_CHARS = 6
MARK_BYTES = 3 * MARK_CHARS
MARKUP = re.compile(r"\*\*|`|\]\(|^\s*(?:#{1,6} |>)", re.MULTILINE)
TOKEN_REFUSED = {40014, 42001}
SECRET_REFUSED = {40001, 40013}
PASSING = {-1, 45033}  # busy; too many calls at once
LIMITED = 45009
LIMITED_WAIT_S = 60.0  # its window is a minute
WHY = {
    45002: "the text is too long", 60020: "this address is not registered with the app: give its calls a fixed one",
    81013: "the member is not in sight of the app", 60011: "the member is not in sight of the app",
}  # fmt: skip


def send(part: Part, address: Mapping[str, str], given: Given) -> None:
    """Sends a part: as Markdown, or as a text where there is no markup, as only WeCom itself shows Markdown.

    Raises SendError.
    """
    kind = "markdown" if MARKUP.search(part.text) else "text"
    fields: dict[str, Any] = {
        "touser": address["user"], "agentid": _number(given.option("agent_id")), "msgtype": kind,
        kind: {"content": part.text + mark(part.key)}, "enable_duplicate_check": 1,
        "duplicate_check_interval": SAME_FOR_S,
    }  # fmt: skip
    answer = _ask(fields, given)
    code = _code(answer)
    if answer.status != 200 or code != 0:
        raise _error(answer, code)
    if _content(answer).get("invaliduser") or _content(answer).get("unlicenseduser"):
        raise SendError("wecom: got the member as one that cannot be reached, expected one that the app may write to")


def mark(key: str) -> str:
    """Six characters that nobody sees. With them two replies of the same words are not the same message.

    WeCom knows a repeated send only by its content, and would drop the second of two answers that are alike.
    """
    number = int(key, 16)
    return "".join(MARKS[number >> 2 * place & 3] for place in range(MARK_CHARS))


def _ask(fields: Mapping[str, Any], given: Given) -> Answer:
    """The answer to a call; once more with a new token if the first is refused."""
    answer = _ask_once(fields, given)
    if _code(answer) not in TOKEN_REFUSED:
        return answer
    given.tokens.drop(_key(given))  # they can be revoked before their time
    return _ask_once(fields, given)


def _ask_once(fields: Mapping[str, Any], given: Given) -> Answer:
    token = given.tokens.get(_key(given), lambda: _fetch(given))
    url = given.option("api_url", API_URL).rstrip("/") + "/cgi-bin/message/send"
    return given.api.call("POST", url, json=fields, params={"access_token": token})


def _fetch(given: Given) -> tuple[str, float]:
    base = given.option("api_url", API_URL).rstrip("/")
    parameters = {"corpid": given.option("corp_id"), "corpsecret": given.secret("app_secret")}
    try:
        answer = given.api.call("GET", f"{base}/cgi-bin/gettoken", params=parameters)
    except SendError as error:  # no message was on its way yet
        raise SendError(str(error), passing=error.passing or error.unclear, wait_s=error.wait_s) from None
    read, code = _content(answer), _code(answer)
    token, lives = read.get("access_token"), read.get("expires_in")
    if code == 0 and isinstance(token, str) and token and isinstance(lives, int):
        return token, float(lives)
    error = _error(answer, code, " for a token")
    if code in SECRET_REFUSED:
        secrets.forget(given.installation.secrets.get("app_secret", ""))  # the new one may be there already
    raise SendError(str(error), passing=True, wait_s=error.wait_s)


def _error(answer: Answer, code: int | None, what: str = "") -> SendError:
    told = "" if code is None else f" ({code})"
    why = f": {WHY[code]}" if code in WHY else ""
    line = f"wecom: got {answer.status}{told}{what}, expected 200 and errcode 0{why}"
    if code == LIMITED or answer.status == 429:
        return SendError(line, passing=True, wait_s=LIMITED_WAIT_S)
    # Whoever registers the address, or corrects the secret, wants the reply to go out after all.
    if code in PASSING | TOKEN_REFUSED | SECRET_REFUSED | {60020} or answer.status == 503:
        return SendError(line, passing=True)
    # A gateway's error, or a success that cannot be read, does not tell whether the message went out.
    return SendError(line, unclear=answer.status >= 500 or (answer.status == 200 and code is None))


def _key(given: Given) -> str:
    """Names the token: no other tenant, installation or app has the same."""
    own = given.installation
    return f"wecom#{own.tenant}#{own.name}#{given.option('corp_id')}#{given.option('agent_id')}"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise SendError(f"agent_id: got {len(text)} characters, expected a whole number")
    return int(text)


def _code(answer: Answer) -> int | None:
    code = _content(answer).get("errcode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _content(answer: Answer) -> dict[str, Any]:
    read = answer.json()
    return cast("dict[str, Any]", read) if isinstance(read, dict) else {}
