"""Writes lines in a dialect, as many into one message as fit."""

from collections.abc import Iterable, Iterator, Sequence

from assistant.channels.contract import Unit
from assistant.rendering.dialects import ZERO_WIDTH_SPACE, Dialect
from assistant.rendering.lines import Block, Group, Line, Mark, Marks
from assistant.rendering.text import graphemes, sentences, size, visible, words

Segment = tuple[Line, int, int]
"""A line's text from one offset to another."""
Thing = Group | Block | Line | Segment
SENTENCE, WORD, GRAPHEME, CHARACTER = range(3, 7)
"""How fine a segment is; 0 to 2 are groups, blocks and lines."""


def split(groups: Sequence[Group], dialect: Dialect, limit: int, unit: Unit) -> list[str]:
    """The messages. None of them is without something to see."""
    packer = _Packer(dialect, limit, unit)
    for group in groups:
        packer.place(group, 0)
    packer.flush()
    return packer.messages


class _Packer:
    """Fills one message after another."""

    def __init__(self, dialect: Dialect, limit: int, unit: Unit) -> None:
        self._empty = lambda: _Message(dialect, limit, unit)
        self._message = self._empty()
        self.messages: list[str] = []

    def place(self, thing: Thing, level: int) -> None:
        """Into this message or, whole, into the next one; what fits into none goes piece by piece."""
        if self._message.add(_segments(thing)):
            return
        if self._message.line is not None:
            following = self._empty()
            if following.add(_segments(thing)):
                self.flush()
                self._message = following
                return
        if level == CHARACTER and isinstance(thing, tuple):  # what stands around it leaves no room
            self.flush()
            thing[0].strip_marks()
            self._message.add([thing])
            return
        for finer in _finer(thing, level):
            self.place(finer, level + 1)

    def flush(self) -> None:
        """Ends the message."""
        if self._message.seen:
            self.messages.append(self._message.finish())
        self._message = self._empty()


def _segments(thing: Thing) -> Iterator[Segment]:
    if isinstance(thing, tuple):
        yield thing
    elif isinstance(thing, Line):
        yield thing, 0, len(thing.text)
    else:
        for part in thing:
            yield from _segments(part)


def _finer(thing: Thing, level: int) -> Iterator[Thing]:
    if isinstance(thing, list):
        yield from thing
        return
    line, start, end = (thing, 0, len(thing.text)) if isinstance(thing, Line) else thing
    ends: Iterable[int] = range(start + 1, end + 1)
    if level + 1 == SENTENCE:
        ends = sentences(line.text)
    elif level + 1 == WORD:
        ends = words(line.text, start, end)
    elif level + 1 == GRAPHEME:
        ends = graphemes(line.text, start, end)
    for at in ends:
        yield line, start, at
        start = at


class _Message:
    """What is written so far, and the marks that are open."""

    def __init__(self, dialect: Dialect, limit: int, unit: Unit) -> None:
        self._dialect, self._limit = dialect, limit
        self._unit: Unit = unit
        self._out: list[str] = []
        self._count = 0
        self._open: Marks = ()
        self._blanks = ""  # written only when more text follows: a style must not end with them
        self._last = ""  # the character before; empty where a line begins
        self._dedent = 0
        self.line: Line | None = None
        """The last line of which something is written."""
        self.seen = False
        """True when there is something to see."""

    def add(self, segments: Iterable[Segment]) -> bool:
        """Writes all of it, or nothing when it does not fit."""
        written = len(self._out)
        kept = (self._count, self._open, self._blanks, self._last, self._dedent, self.line, self.seen)
        for line, start, end in segments:
            if line is not self.line:
                self._begin(line, start)
            for text, marks in line.pieces(start, end):
                self._text(text, line.around + marks)
            if self._count + self._closing() > self._limit:
                del self._out[written:]
                self._count, self._open, self._blanks, self._last, self._dedent, self.line, self.seen = kept
                return False
        return True

    def finish(self) -> str:
        """The text, with everything closed."""
        self._close(0)
        return "".join(self._out)

    def _begin(self, line: Line, start: int) -> None:
        before, same = self.line, _common(self._open, line.around)
        lead = line.lead if start == 0 else line.rest
        self._close(same)
        if before is None:
            self._dedent = len(lead) - len(lead.lstrip(" "))  # deep indentation would make it code
        elif line.gap == "apart":
            self._put("\n\n")
        elif line.gap == "paragraph":
            above, here = self._indented(before.rest), self._indented(line.rest)
            self._put(f"\n{here[: _common(above, here)].rstrip()}\n")
        elif any(mark.kind == "pre" for mark in self._open):
            self._put("\n")
        else:
            self._put(self._dialect.hard_newline if line.gap == "hard" else self._dialect.newline)
        self.line, self._blanks, self._last = line, "", ""
        fenced = self._dialect.fence_lines and any(mark.kind == "pre" for mark in line.around[same:])
        self._enter(line.around[same:], lead)
        self._put(self._indented(line.rest if fenced else lead))

    def _text(self, text: str, marks: Marks) -> None:
        dialect, literal = self._dialect, bool(marks) and marks[-1].kind in {"raw", "code", "pre"}
        body = text if literal else text.strip()
        if not body:
            self._blanks += text if self._last else ""
            return
        at = 0 if literal else text.index(body)
        blanks = self._blanks + text[:at] if self._last else ""
        same = _common(self._open, marks)
        ends, begins = any(m.after for m in self._open[same:]), any(m.before for m in marks[same:])
        self._close(same)
        if blanks:
            self._put(blanks)
        elif dialect.words_only and ((begins and self._last.isalnum()) or (ends and self._last and body[0].isalnum())):
            self._put(ZERO_WIDTH_SPACE)
        self._enter(marks[same:])
        escaped = dialect.escape_code(body) if literal else dialect.escape(body)
        if not literal and not self._last:
            escaped = dialect.escape_start(escaped)
        self._put(escaped, body if dialect.hides_marks else escaped)
        self._blanks, self._last = text[at + len(body) :], body[-1]
        self.seen = self.seen or visible(body)

    def _enter(self, marks: Marks, lead: str = "") -> None:
        for mark in marks:
            alone = mark.kind == "pre" and self._dialect.fence_lines
            self._mark(f"{self._indented(lead)}{mark.before}\n" if alone else mark.before)
        self._open += marks

    def _close(self, count: int) -> None:
        for mark in reversed(self._open[count:]):
            self._mark(self._end(mark))
        self._open = self._open[:count]

    def _end(self, mark: Mark) -> str:
        return f"\n{self._rest()}{mark.after}" if mark.kind == "pre" and self._dialect.fence_lines else mark.after

    def _closing(self) -> int:
        return 0 if self._dialect.hides_marks else sum(size(self._end(mark), self._unit) for mark in self._open)

    def _rest(self) -> str:
        return self._indented(self.line.rest) if self.line else ""

    def _indented(self, lead: str) -> str:
        return lead[min(self._dedent, len(lead) - len(lead.lstrip(" "))) :]

    def _mark(self, text: str) -> None:
        self._put(text, "" if self._dialect.hides_marks else text)

    def _put(self, text: str, counted: str | None = None) -> None:
        self._out.append(text)
        self._count += size(text if counted is None else counted, self._unit)


def _common(left: Sequence[object], right: Sequence[object]) -> int:
    count = 0
    while count < min(len(left), len(right)) and left[count] == right[count]:
        count += 1
    return count
