"""Finds what looks like a secret in the places where settings are handed to programs; never shows it."""

import base64
import gzip
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import Any

from assistant_policies.facts.values import UNKNOWN, parsed

# Beginnings by which the issuers themselves let leaked keys be found.
KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{36,}|"
    r"github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35}|"
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)"
)
SECRET_NAME = re.compile(r"(secret|token|password|passwd|api_?key|private_?key|credential)", re.IGNORECASE)
# A reference says where a secret is, and may be shown.
REFERENCE = re.compile(
    r"(arn:|secretsmanager:|ssm:|file:|\$|\{\{resolve:|https?://[^@]*$|(/[^/]{1,23})+$)", re.IGNORECASE
)
REFERENCE_NAME = re.compile(r"(_REF|_ARN|_NAME|_ID|_PATH|_URL|_FILE)$|(?<=[a-z])(Ref|Arn|Name|Id|Path|Url|File)$", re.I)
ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]{0,63})\s{0,8}[=:]\s{0,8}[\"']?([^\s\"']{1,4096})")
SHOWN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
ENTROPY_BITS, LENGTH_MIN = 3.2, 16  # per character; words and names stay below, random text above
UNPACKED_MAX = 1 << 20  # user data is 16 KiB at most before it is packed


class Kind(Enum):
    """What stands in a place."""

    VALUES = "names and values, as a map or as NAME=value"
    DOCUMENT = "a JSON document"
    SCRIPT = "a script"
    BASE64 = "a script in base64, perhaps compressed"


def is_secret(name: str, text: str) -> bool:
    """True for a known kind of key, and for random text under a name that says secret and does not say where it is."""
    if KNOWN.search(text):
        return True
    if not SECRET_NAME.search(name) or REFERENCE_NAME.search(name) or REFERENCE.match(text):
        return False
    return len(text) >= LENGTH_MIN and _entropy(text) >= ENTROPY_BITS


def entries(place: str, value: Any, kind: Kind) -> Iterator[tuple[str, Any]]:
    """Names and texts in a place; UNKNOWN instead of a text that is not known or cannot be read."""
    if kind is Kind.VALUES:
        readable = isinstance(value, dict | list)
        yield from _values(place, value) if readable else ((place, UNKNOWN),)
    elif not isinstance(value, str):
        yield from _values(place, value) if kind is Kind.DOCUMENT and isinstance(value, list) else ((place, UNKNOWN),)
    elif kind is Kind.DOCUMENT:
        yield from _document(place, value)
    else:
        script = _unpacked(value) if kind is Kind.BASE64 else value
        yield from ((place, UNKNOWN),) if script is None else _script(place, script)


def _values(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        own = value.get("name")
        if isinstance(own, str) and "value" in value:  # {"name": ..., "value": ...}, as containers are told
            yield from _values(_inside(name, own), value["value"])
            value = {key: inner for key, inner in value.items() if key not in {"name", "value"}}
        for key, inner in value.items():
            yield from _values(_inside(name, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            key, equals, text = inner.partition("=") if isinstance(inner, str) else ("", "", "")
            yield from _values(_inside(name, key), text) if equals else _values(f"{name}[{index}]", inner)
    elif isinstance(value, str):
        yield name, value
        if value.lstrip()[:1] in {"{", "["}:
            yield from _document(name, value, needed=False)
    elif value is UNKNOWN:
        yield name, value


def _inside(name: str, key: str) -> str:
    """The name of an entry; a key that is no plain name, or is a secret itself, is not shown."""
    return f"{name}.{key if SHOWN.fullmatch(key) and not KNOWN.search(key) else '(name not shown)'}"


def _document(name: str, text: str, *, needed: bool = True) -> Iterator[tuple[str, Any]]:
    try:
        read = parsed(text)
    except ValueError:
        yield from ((name, text), (name, UNKNOWN)) if needed else ()
        return
    yield from _values(name, read)


def _script(name: str, script: str) -> Iterator[tuple[str, Any]]:
    yield name, script
    for key, text in ASSIGNMENT.findall(script):
        yield _inside(name, key), text


def _unpacked(text: str) -> str | None:
    """The script; None when it cannot be unpacked."""
    try:
        packed = base64.b64decode("".join(text.split()), validate=True)
        if packed[:2] == b"\x1f\x8b":
            packed = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(UNPACKED_MAX)
        return packed.decode("utf-8", errors="replace")
    except (ValueError, OSError, EOFError):
        return None


def _entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
