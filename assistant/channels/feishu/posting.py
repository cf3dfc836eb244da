"""Sends to Feishu: cards, the token that they need, and what Feishu's answers mean."""

import html
import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from assistant import secrets
from assistant.channels.contract import Answer, Given, Part, SendError

API_URL = "https://open.feishu.cn"  # Lark: https://open.larksuite.com
MESSAGES = "/open-apis/im/v1/messages"
WAYS = 3  # as it is; to the chat itself; as a text
MOST_BYTES = 30_000  # of a card
EARLY_S = 1200.0
"""With the margin that is kept anyway, a token is replaced in its last half hour: only then is there a new one."""
Place = tuple[str, dict[str, str]]
"""A path, and the fields that go with it."""
TOKEN_REFUSED = {99991661, 99991663, 99991664, 99991668, 99991671}
LIMITED = {230020, 99991400}
BEING_SENT = 230049
REFUSED_CARD = 230099  # something in the Markdown
GONE = {230011, 231003}  # the message that is replied to was withdrawn


def send(part: Part, address: Mapping[str, str], given: Given) -> None:
    """Sends a part as a card. Raises SendError."""
    fields = {"msg_type": "interactive", "content": card(part.text), "uuid": part.key}
    place = _in_reply(address) if "reply_to" in address else _in_chat(address)
    answer = _ask(place, fields, given)
    for _ in range(WAYS - 1):  # only after a refusal: what was refused was not sent
        if _code(answer) in GONE:
            place = _in_chat(address)
        elif _code(answer) == REFUSED_CARD:
            fields |= {"msg_type": "text", "content": _plain(part.text)}
        else:
            break
        answer = _ask(place, fields, given)
    if answer.status != 200 or _code(answer) != 0:
        raise _error(answer, _code(answer))


def card(text: str) -> str:
    """A card with a text in Feishu's Markdown, as the API takes it."""
    content = {"config": {"wide_screen_mode": True}, "elements": [{"tag": "markdown", "content": text}]}
    return json.dumps(content, ensure_ascii=False)


def fits(text: str) -> bool:
    """True when a card with the text is small enough, quoted twice as it is: a card is JSON inside of JSON."""
    return len(json.dumps(card(text), ensure_ascii=False).encode()) <= MOST_BYTES


def _plain(text: str) -> str:
    # A text shows Feishu's Markdown as it is. What is escaped in a card would mention everybody here.
    return json.dumps({"text": html.unescape(text).replace("<at", "<\u200bat")}, ensure_ascii=False)


def _in_reply(address: Mapping[str, str]) -> Place:
    return f"{MESSAGES}/{quote(address['reply_to'], safe='')}/reply", {}


def _in_chat(address: Mapping[str, str]) -> Place:
    return f"{MESSAGES}?receive_id_type=chat_id", {"receive_id": address["chat_id"]}


def _ask(place: Place, fields: Mapping[str, Any], given: Given) -> Answer:
    """The answer to a call; once more with a new token if the first is refused."""
    path, whole = place[0], {**fields, **place[1]}
    answer = _ask_once(path, whole, given)
    if _code(answer) not in TOKEN_REFUSED:
        return answer
    given.tokens.drop(_key(given))
    return _ask_once(path, whole, given)


def _ask_once(path: str, fields: Mapping[str, Any], given: Given) -> Answer:
    token = given.tokens.get(_key(given), lambda: _fetch(given))
    url = given.option("api_url", API_URL).rstrip("/") + path
    return given.api.call("POST", url, json=fields, headers={"authorization": f"Bearer {token}"})


def _fetch(given: Given) -> tuple[str, float]:
    base = given.option("api_url", API_URL).rstrip("/")
    fields = {"app_id": given.option("app_id"), "app_secret": given.secret("app_secret")}
    try:
        url = f"{base}/open-apis/auth/v3/tenant_access_token/internal"
        answer = given.api.call("POST", url, json=fields)
    except SendError as error:  # no message was on its way yet
        raise SendError(str(error), passing=error.passing or error.unclear, wait_s=error.wait_s) from None
    read, code = _content(answer), _code(answer)
    token, lives = read.get("tenant_access_token"), read.get("expire")
    if code == 0 and isinstance(token, str) and token and isinstance(lives, int):
        return token, max(lives - EARLY_S, lives / 10)
    line = f"feishu: got {answer.status}{_told(code)} for a token, expected 200 and code 0"
    if answer.status >= 500 or answer.status == 429 or code in LIMITED:
        raise SendError(line, passing=True, wait_s=_wait_s(answer))
    secrets.forget(given.installation.secrets.get("app_secret", ""))  # the new one may be there already
    raise SendError(f"{line}: app_id and app_secret were refused", passing=True)


def _error(answer: Answer, code: int) -> SendError:
    line = f"feishu: got {answer.status}{_told(code)}, expected 200 and code 0"
    if answer.status == 429 or code in LIMITED or code == BEING_SENT:
        return SendError(line, passing=True, wait_s=_wait_s(answer))
    if code in TOKEN_REFUSED or answer.status == 503:
        return SendError(line, passing=True)
    # A gateway's error, or a success that cannot be read, does not tell whether the message went out.
    return SendError(line, unclear=answer.status >= 500 or (answer.status == 200 and code < 0))


def _key(given: Given) -> str:
    """Names the token: no other tenant, installation or app has the same."""
    own = given.installation
    return f"feishu#{own.tenant}#{own.name}#{given.option('app_id')}"


def _code(answer: Answer) -> int:
    """Feishu's own code; -1 when there is none."""
    code = _content(answer).get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) and code >= 0 else -1


def _told(code: int) -> str:
    return f" ({code})" if code >= 0 else ""


def _content(answer: Answer) -> dict[str, Any]:
    read = answer.json()
    return cast("dict[str, Any]", read) if isinstance(read, dict) else {}


def _wait_s(answer: Answer) -> float:
    asked = answer.headers.get("x-ogw-ratelimit-reset", "")
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1.0
