"""Reads Markdown into lines that know what stands around them, grouped as they belong together."""

import re
from functools import cache
from typing import TYPE_CHECKING

from assistant.rendering.dialects import Dialect, Pair
from assistant.rendering.inline import Inline
from assistant.rendering.lines import RAW, Gap, Group, Line, Mark

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,24}")
_BLOCKS = {"paragraph_open", "heading_open", "html_block", "fence", "code_block", "hr", "table_open"}


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # Without references: what defines one is not shown, and nothing is to be lost.
    return MarkdownIt("commonmark").enable(["strikethrough", "table"]).disable("reference")


class Reader:
    """Reads one document."""

    def __init__(self, dialect: Dialect, most_mark: int) -> None:
        """What would take more than `most_mark` around a text is left out."""
        self._dialect, self._most = dialect, most_mark
        self._inline = Inline(dialect, most_mark, self._new_line)
        self._groups: list[Group] = []
        self._around: list[Mark] = []
        self._leads: list[Pair] = []  # of the items and quotations around: for the first line, for the others
        self._base: Mark | None = None
        self._row: Line | None = None
        self._cells = 0
        self._in_head = False
        self._line_number = 0
        self._source: list[str] = []

    def read(self, markdown: str) -> list[Group]:
        """The groups, in order."""
        heads = False
        self._source = markdown.split("\n")
        for token in _parser().parse(markdown):
            if token.level == 0 and token.nesting >= 0:
                if not heads:
                    self._groups.append([])
                heads = token.type == "heading_open"  # a heading stays with what it heads
            if token.type in _BLOCKS:
                self._groups[-1].append([])
            self._token(token)
        return self._groups

    def _token(self, token: "Token") -> None:
        kind = token.type
        if kind == "inline":
            self._text(token)
        elif kind == "paragraph_open":
            self._new_line("line" if token.hidden else "paragraph")
        elif kind == "heading_open":
            level, line = int(token.tag[1:]), self._new_line("paragraph")
            if level <= self._dialect.headings:
                line.lead += "#" * level + " "
            else:
                self._base = self._inline.style("b")
        elif kind == "heading_close":
            self._base = None
        elif kind in {"fence", "code_block"}:
            self._code(token)
        elif kind == "html_block":
            for number, text in enumerate(token.content.strip("\n").split("\n")):
                self._new_line("line" if number else "paragraph").add(text, ())
        elif kind == "hr":
            self._new_line("paragraph").add(self._dialect.rule, (RAW,))
        elif kind == "list_item_open":
            bullet = f"{token.info}{token.markup} " if token.info else self._dialect.bullet
            self._leads.append((bullet, " " * len(bullet)))
        elif kind == "list_item_close":
            self._write_bullet()
            self._leads.pop()
        elif kind == "blockquote_open":
            self._quote()
        elif kind == "blockquote_close":
            (self._around if self._dialect.quote_mark else self._leads).pop()
        elif kind.startswith(("thead", "tr", "th", "td")):
            self._table(token)

    def _new_line(self, gap: Gap) -> Line:
        group = self._groups[-1]
        lead, rest = ("".join(pair[index] for pair in self._leads) for index in (0, 1))
        self._leads = [(rest, rest) for _, rest in self._leads]  # a bullet is written once
        if max(len(lead.encode()), len(rest)) > self._most:
            lead = rest = ""
        first = not any(group)
        line = Line("apart" if first else gap, lead, rest, tuple(self._around))
        group[-1].append(line)
        return line

    def _write_bullet(self) -> None:
        """Gives a bullet without a text a line of its own."""
        if any(first != rest for first, rest in self._leads):
            self._groups[-1].append([])
            self._new_line("line")

    def _quote(self) -> None:
        dialect = self._dialect
        if dialect.quote_mark:
            nested = any(mark.kind == "quote" for mark in self._around)
            mark = None if nested else self._inline.mark("quote", dialect.quote_mark)
            self._around.append(mark or Mark("quote"))
        else:
            nested = any(rest == dialect.quote for _, rest in self._leads)
            lead = "" if nested and not dialect.quotes_nest else dialect.quote
            self._leads.append((lead, lead))

    def _code(self, token: "Token") -> None:
        dialect, text = self._dialect, token.content.removesuffix("\n")
        language, _, more = token.info.strip().partition(" ")
        if not _LANGUAGE.fullmatch(language):
            language, more = "", token.info.strip()
        if more:  # what else stands beside the fence is no language, so that people may miss it
            text = f"{more}\n{text}"
        if not dialect.indents_code and any(first != rest for first, rest in self._leads):
            self._write_bullet()
            self._groups[-1].append([])
        pair = dialect.fence(text, language)
        mark = self._inline.mark("pre", pair)
        leads, around = self._leads, self._around
        if mark:
            self._around = [*around, mark]
        if not dialect.indents_code:
            self._leads = [(rest, rest) for _, rest in leads if rest.strip()]
        for number, row in enumerate(text.split("\n")):
            gap: Gap = "line" if number or leads else "paragraph"
            self._new_line(gap).add(row, (RAW,) if pair is None else ())
        self._leads, self._around = [(rest, rest) for _, rest in leads], around

    def _text(self, token: "Token") -> None:
        children = token.children or []
        if self._row is not None:
            base = self._inline.style("b") if self._in_head and not self._dialect.table else None
            self._inline.read(self._row, children, base, in_table=True)
        else:
            self._inline.read(self._groups[-1][-1][-1], children, self._base)

    def _table(self, token: "Token") -> None:
        kind, edges = token.type, self._dialect.table
        if kind in {"thead_open", "thead_close"}:
            self._in_head = kind == "thead_open"
            if edges and not self._in_head:
                self._new_line("line").add("|" + "---|" * self._cells, (RAW,))
        elif kind == "tr_open":
            self._row, self._cells = self._new_line("line" if self._groups[-1][-1] else "paragraph"), 0
            self._line_number = token.map[0] if token.map else 0
        elif kind == "tr_close" and self._row is not None:
            if not self._in_head:
                self._add_excess(self._row)
            self._row.add(" |" if edges else "", (RAW,))
            self._row = None
        elif kind in {"th_open", "td_open"} and self._row is not None:
            self._row.add(" | " if self._cells else "| " if edges else "", (RAW,))
            self._cells += 1

    def _add_excess(self, row: Line) -> None:
        """Adds what a row has beyond the table's columns, such as code with a bar in it; the parser leaves it out."""
        from markdown_it.rules_block.table import escapedSplit

        text = self._source[self._line_number].lstrip("> \t").rstrip()
        columns = escapedSplit(text.removeprefix("|"))
        if columns and not columns[-1]:
            columns.pop()
        for column in columns[self._cells :]:
            row.add(" ¦ ", (RAW,))
            row.add(column.strip(), ())
