"""What channels share in proving that a request is genuine: comparing, freshness, and reading what was proven."""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from assistant.channels.contract import RefusedError, Rules

TIMESTAMP = re.compile(r"[0-9]{1,13}")
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def same(a: str | bytes, b: str | bytes) -> bool:
    """True when both are equal, in a time that does not tell where they differ. Never true for something empty."""
    # An unset secret must not equal a header that was sent empty, so emptiness is no match rather than a match.
    return bool(a) and bool(b) and hmac.compare_digest(_bytes(a), _bytes(b))


def required(headers: Mapping[str, str], name: str) -> str:
    """A header's value, never empty. `name` in lower case. Raises RefusedError (401)."""
    value = headers.get(name, "")
    if not value:
        raise RefusedError(f"{name}: got nothing, expected the header")
    return value


def timestamp(text: str | None, name: str) -> int:
    """A whole number of 1 to 13 ASCII digits. Raises RefusedError (401): `int` alone would take signs and blanks."""
    if text is None or not TIMESTAMP.fullmatch(text):
        raise RefusedError(f"{name}: got {'nothing' if not text else 'something else'}, expected 1 to 13 digits")
    return int(text)


def fresh(at_s: float, now_s: float, rules: Rules) -> None:
    """Raises RefusedError (401) for a time outside of the channel's window; its two ends are inside.

    Both times in seconds since 1970. A channel without `past_s` refuses only what is ahead of the clock.
    """
    if rules.past_s is not None and not at_s >= now_s - rules.past_s:  # written so that NaN is refused
        raise RefusedError(f"time: got one that is too old, expected at most {rules.past_s} s")
    if not at_s <= now_s + rules.future_s:
        raise RefusedError(f"time: got one that is ahead, expected at most {rules.future_s} s")


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body whose origin is proven. Raises RefusedError (400).

    Halves of surrogate pairs become U+FFFD: no store and no queue takes them.
    """
    try:
        text = body.decode("utf-8")
        read: Any = json.loads(text)
        if SURROGATE.search(text):
            whole = json.dumps(read, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
            read = json.loads(whole.decode("utf-16-le", "replace"))
    except (ValueError, RecursionError):
        raise RefusedError("body: got something that is not JSON, expected an object", 400) from None
    if not isinstance(read, dict):
        raise RefusedError(f"body: got {type(read).__name__}, expected an object", 400)
    return read


def _bytes(value: str | bytes) -> bytes:
    # compare_digest raises on text outside of ASCII, which anybody can send
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
