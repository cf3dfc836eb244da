"""Sends replies to the installation's own address, signed like what comes in."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from assistant.channels.contract import Answer, Given, Part, SendError
from assistant.channels.webhook import signing, target

KIND = "assistant.reply"
GONE = 410


def send(part: Part, address: Mapping[str, str], given: Given) -> None:
    """One part. Its `webhook-id` stays the same when it is sent again. Raises SendError."""
    url = given.option("reply_url")
    if not url:
        raise SendError("reply_url: got nothing, expected the address that takes replies")
    target.check(url, allow_private=given.option("allow_private") == "true")
    body = _body(part, address, given.now())
    sent = signing.Signed(part.key, str(int(given.now())), body)
    headers = {
        "content-type": "application/json",
        signing.ID_HEADER: sent.id,
        signing.TIMESTAMP_HEADER: sent.timestamp,
        signing.SIGNATURE_HEADER: " ".join(signing.signatures(sent, given.secret("signing_secret"))),
    }
    answer = given.api.call("POST", url, content=body, headers=headers)
    if answer.status // 100 == 2:
        return
    line = f"webhook: got {answer.status}, expected 2xx"
    if answer.status == GONE:
        raise SendError(f"{line}: the receiver wants no more")
    # Standard Webhooks has everything else sent again; the receiver knows what it has had by its webhook-id.
    raise SendError(line, passing=True, wait_s=_wait_s(answer))


def _body(part: Part, address: Mapping[str, str], now: float) -> bytes:
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = {
        "conversation": address["conversation"],
        "in_reply_to": address["message"],
        "user": address["user"],
        "text": part.text,
        "part": part.index + 1,
        "parts": part.count,
    }
    written = json.dumps({"type": KIND, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))
    return written.encode("utf-8", "replace")


def _wait_s(answer: Answer) -> float:
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 4 else 0.0
