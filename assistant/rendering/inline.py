"""Reads what is inside a paragraph: styles, code, links, images, ends of lines."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant.rendering.dialects import Dialect, Pair
from assistant.rendering.lines import RAW, Gap, Line, Mark, Marks

if TYPE_CHECKING:
    from markdown_it.token import Token

_ADDRESS = re.compile(r"(https?://[A-Za-z0-9._~:/?#@!$&+,;=%-]+)")
_LINKED = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_BLANKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")  # written as entities, they come through
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STYLES = {"strong": "b", "em": "i", "s": "s"}


class Inline:
    """Appends pieces to the line at hand."""

    def __init__(self, dialect: Dialect, most_mark: int, new_line: Callable[[Gap], Line]) -> None:
        """What would take more than `most_mark` around a text is left out."""
        self._dialect, self._most, self._new_line = dialect, most_mark, new_line
        self._number = 0
        self._line: Line
        self._open: list[Mark | None] = []
        self._links: list[tuple[str, bool]] = []
        self._label: list[str] = []
        self._in_table = False

    def mark(self, kind: str, pair: Pair | None) -> Mark | None:
        """A mark of its own; None when the dialect has none or the limit has no room for it."""
        if pair is None:
            return None
        if not self._dialect.hides_marks and 2 * max(len(part.encode()) for part in pair) > self._most:
            return None
        self._number += 1
        return Mark(kind, *pair, self._number)

    def style(self, kind: str) -> Mark | None:
        """A mark for `b`, `i` or `s`."""
        return Mark(kind, *self._dialect.styles[kind]) if kind in self._dialect.styles else None

    def read(self, line: Line, tokens: Sequence["Token"], base: Mark | None = None, *, in_table: bool = False) -> None:
        """Appends to the line, and to further ones, what the tokens say; `base` is around all of it."""
        self._line, self._open, self._in_table = line, [base], in_table
        self._links.clear()
        for token in tokens:
            self._token(token)

    def _token(self, token: "Token") -> None:
        kind = token.type
        if kind == "text":
            self._text(token.content)
        elif kind == "code_inline":
            self._code(token.content)
        elif kind == "image":
            self._image(str(token.attrs.get("src", "")), token.content)
        elif kind == "link_open":
            href = str(token.attrs.get("href", ""))
            mark = self._link(href)
            self._links.append((href, mark is not None or token.info == "auto"))
            self._label = []
            self._open.append(None if token.info == "auto" else mark)
        elif kind == "link_close":
            self._end_link()
        elif kind in {"softbreak", "hardbreak"}:
            self._end_line("line" if kind == "softbreak" else "hard")
        elif kind == "html_inline" and _BREAK.fullmatch(token.content):
            self._end_line("hard")
        elif token.nesting > 0:
            self._open.append(self.style(_STYLES.get(token.tag, token.tag)))
        elif token.nesting < 0:
            self._open.pop()
        else:
            self._text(token.content)

    def _marks(self) -> Marks:
        found = {mark.kind: mark for mark in reversed(self._open) if mark}  # bold in bold is bold
        marks = tuple(reversed(found.values()))
        if "a" in found and not self._dialect.link_holds_styles:
            return (found["a"],)
        return marks

    def _text(self, text: str) -> None:
        text = _BLANKS.sub(" ", text)
        self._label.append(text)
        marks = self._marks()
        if not self._dialect.plain_addresses:
            self._add(text, marks)
            return
        for index, piece in enumerate(_ADDRESS.split(text)):
            self._add(piece, (*marks, RAW) if index % 2 else marks)

    def _add(self, text: str, marks: Marks) -> None:
        if self._in_table and self._dialect.table and "|" in text:
            for index, piece in enumerate(text.split("|")):
                self._line.add("\\|" if index else "", (*marks, RAW) if not marks or marks[-1] != RAW else marks)
                self._line.add(piece, marks)
        else:
            self._line.add(text, marks)

    def _code(self, text: str) -> None:
        text = _BLANKS.sub(" ", text)
        self._label.append(text)
        mark, marks = self.mark("code", self._dialect.code(text)), self._marks()
        if mark and self._dialect.code_holds_styles:
            marks = (*marks, mark)
        elif mark and not self._links:
            marks = (mark,)
        elif self._dialect.code("") is None:
            marks = (*marks, RAW)  # the dialect has no code: there is nothing to escape either
        self._add(text, marks)

    def _link(self, href: str) -> Mark | None:
        if self._dialect.link is None or not _LINKED.match(href):
            return None
        return self.mark("a", self._dialect.link(href))

    def _end_link(self) -> None:
        href, told = self._links.pop()
        label = "".join(self._label)
        if href and not label.strip():
            self._text(href)
        self._open.pop()
        if not told and label.strip() and label not in {href, href.removeprefix("mailto:")}:
            self._text(f" ({href})")

    def _image(self, source: str, alt: str) -> None:
        if source.startswith("data:"):
            source = ""
        if self._links or not source:
            self._text(alt or "image")
            return
        pair = self._dialect.link(source) if self._dialect.link and _LINKED.match(source) else None
        mark = self.mark("a", (self._dialect.image + pair[0], pair[1]) if pair else None)
        self._open.append(mark)
        self._text(alt or source)
        self._open.pop()
        if not mark and alt:
            self._text(f" ({source})")

    def _end_line(self, gap: Gap) -> None:
        if self._in_table:
            self._text(" ")
        else:
            self._line = self._new_line(gap)
