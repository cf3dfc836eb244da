"""Where a text may be cut, and how long it is for whom."""

import re
import unicodedata
from collections.abc import Iterator

from assistant.channels.contract import Unit

_CLOSING = r"\u201d\u2019\u300d\u300f\uff09"  # quotation marks and brackets
_WIDE_END = r"\u3002\uff01\uff1f"  # full stop, exclamation and question mark of Chinese and Japanese
_SENTENCE_ENDS = re.compile(
    rf"(?:(?<=[.!?\u2026:;])|(?<=[.!?\u2026][\"')\]{_CLOSING}\u00bb]))\s+"
    rf"|(?:(?<=[{_WIDE_END}\uff1b])|(?<=[{_WIDE_END}][{_CLOSING}]))(?![{_WIDE_END}{_CLOSING}\s])"
)
_WORD_ENDS = re.compile(r"\s+")
_JOINER = "\u200d"
_UNSEEN = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}


def size(text: str, unit: Unit) -> int:
    """The length in code points, bytes of UTF-8 or code units of UTF-16."""
    if unit == "utf8":
        return len(text.encode())
    if unit == "utf16":
        return len(text) + sum(character > "\uffff" for character in text)
    return len(text)


def sentences(text: str) -> list[int]:
    """Where sentences end, blanks included; the last is the text's end."""
    return _ends(_SENTENCE_ENDS, text, 0, len(text))


def words(text: str, start: int, end: int) -> list[int]:
    """Where words of text[start:end] end, blanks included."""
    return _ends(_WORD_ENDS, text, start, end)


def _ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[int]:
    found = [match.end() for match in pattern.finditer(text, start, end)]
    return [*(at for at in found if start < at < end), end]


def graphemes(text: str, start: int, end: int) -> Iterator[int]:
    """Where what people see as one character ends in text[start:end]: marks, joined emoji and flags stay whole."""
    at = start
    while at < end:
        flag = _is_flag(text[at])
        at += 1
        if flag and at < end and _is_flag(text[at]):
            at += 1
        while at < end and (_extends(text[at]) or text[at - 1] == _JOINER):
            at += 1
        yield at


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    if character < "\u0300":
        return False
    return (
        character in {_JOINER, "\u200c"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags
        or unicodedata.category(character) in {"Mn", "Me", "Mc"}
    )


def visible(text: str) -> bool:
    """True when people see something."""
    return any(unicodedata.category(character) not in _UNSEEN for character in text)
