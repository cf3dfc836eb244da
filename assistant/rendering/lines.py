"""What a document is made of before it is written: lines, whose pieces carry the channel's marks."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Gap = Literal["line", "hard", "paragraph", "apart"]
"""What lies between a line and the one before: its end, one that the writer asked for, a blank line, or one at which
quotations end."""


@dataclass(frozen=True)
class Mark:
    """What stands before and after a text. Marks of different `number` are never run together."""

    kind: str
    before: str = ""
    after: str = ""
    number: int = 0


RAW = Mark("raw")
"""Text that is in the channel's dialect already."""
Marks = tuple[Mark, ...]


@dataclass
class Line:
    """A line of the document."""

    gap: Gap
    lead: str
    """Written before it: bullets, quotation signs, indentation."""
    rest: str
    """Written before it when its beginning is in another message."""
    around: Marks
    """The quotation and the code block that it is in."""
    _texts: list[str] = field(default_factory=list[str])
    _marks: list[Marks] = field(default_factory=list[Marks])
    _starts: list[int] = field(default_factory=list[int])
    _length: int = 0

    def add(self, text: str, marks: Marks) -> None:
        """Appends a piece. Not to be called once the text has been read."""
        if text:
            self._texts.append(text)
            self._marks.append(marks)
            self._starts.append(self._length)
            self._length += len(text)

    @cached_property
    def text(self) -> str:
        """The text without marks."""
        return "".join(self._texts)

    def pieces(self, start: int, end: int) -> Iterator[tuple[str, Marks]]:
        """What text[start:end] consists of."""
        at = bisect_right(self._starts, start) - 1
        while start < end:
            until = min(end, self._starts[at + 1] if at + 1 < len(self._starts) else end)
            yield self.text[start:until], self._marks[at]
            start, at = until, at + 1

    def strip_marks(self) -> None:
        """Leaves the text alone."""
        self.lead, self.rest, self.around = "", "", ()
        self._marks = [() for _ in self._marks]


Block = list[Line]
"""A paragraph, an item of a list, a code block, a table."""
Group = list[Block]
"""What is best kept together: a whole list, a heading with what it heads."""
