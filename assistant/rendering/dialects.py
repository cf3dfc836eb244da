"""The dialects as data: what each channel calls bold, a link, a code block, and what it needs escaped."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Pair = tuple[str, str]
"""What is written before and after."""
ZERO_WIDTH_SPACE = "\u200b"


def as_it_is(text: str) -> str:
    """Nothing is escaped."""
    return text


@dataclass(frozen=True)
class Dialect:
    """How one channel writes what Markdown can say. Without a style of it, the text alone is written."""

    styles: Mapping[str, Pair] = field(default_factory=dict[str, Pair])
    """`b`, `i`, `s` -> before and after."""
    escape: Callable[[str], str] = as_it_is
    escape_start: Callable[[str], str] = as_it_is
    """Of a text that begins a line; gets what `escape` returned."""
    escape_code: Callable[[str], str] = as_it_is
    code: Callable[[str], Pair | None] = lambda text: None
    """Around a piece of code in a line."""
    fence: Callable[[str, str], Pair | None] = lambda text, language: None
    """Around a code block of that text and language."""
    fence_lines: bool = True
    """The two stand on lines of their own."""
    link: Callable[[str], Pair] | None = None
    """Around a link's label. None: the address follows in brackets."""
    image: str = ""
    """Before the link that an image becomes."""
    bullet: str = "- "
    quote: str = "> "
    quote_mark: Pair | None = None
    """Around a quotation, in place of `quote` before each of its lines."""
    quotes_nest: bool = True
    headings: int = 0
    """Levels that are written with #; deeper ones become bold."""
    rule: str = "---"
    newline: str = "\n"
    hard_newline: str = "\n"
    table: bool = False
    hides_marks: bool = False
    """What is written around a text does not count for the limit, and the text counts before it is escaped."""
    link_holds_styles: bool = True
    code_holds_styles: bool = True
    """Code may be bold, or a link."""
    words_only: bool = False
    """A style must begin and end at a word's end."""
    plain_addresses: bool = False
    """An address in the text is left as it is: escaping would break it."""
    indents_code: bool = False
    """A code block in a list is indented like the rest of the list."""


def _html(text: str) -> str:
    return html.escape(text, quote=False)


def _inline_code(text: str) -> Pair:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    return (ticks + " ", " " + ticks) if longest else (ticks, ticks)


def _long_fence(text: str, language: str) -> Pair:
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return ticks + language, ticks


def _fence(text: str, language: str) -> Pair:
    return "```" + language, "```"


def _without_fences(text: str) -> str:
    # Where a longer fence is not known, nothing else keeps a block from ending early.
    return text.replace("``", f"`{ZERO_WIDTH_SPACE}`")


def _brackets(url: str) -> Pair:
    return "[", "](" + url.replace("(", "%28").replace(")", "%29") + ")"


_SPECIAL = re.compile(r"[\\`*\[<~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|!$")
_SPECIAL_DISCORD = re.compile(r"[\\`*\[<~|]|(?<!\w)_|_(?!\w)")
_SPECIAL_FEISHU = re.compile(r"[\\`*\[\]<>~_&$]")
_STARTS = re.compile(r"^(?:[#>+=-]|[0-9]{1,9}(?=[.)](?:\s|$)))")


def _backslash(found: re.Match[str]) -> str:
    return "\\" + found[0]


def _start(text: str) -> str:
    return _STARTS.sub(lambda found: found[0] + "\\" if found[0].isdigit() else "\\" + found[0], text)


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _telegram_fence(text: str, language: str) -> Pair:
    if language:
        return f'<pre><code class="language-{language}">', "</code></pre>"
    return "<pre>", "</pre>"


def _slack_link(url: str) -> Pair:
    return f"<{_html(url).replace('|', '%7C')}|", ">"


DIALECTS: Mapping[str, Dialect] = {
    "plain": Dialect(),
    "markdown": Dialect(
        styles={"b": ("**", "**"), "i": ("*", "*"), "s": ("~~", "~~")}, headings=6, table=True, image="!",
        escape=lambda text: _SPECIAL.sub(_backslash, text), escape_start=_start, code=_inline_code, fence=_long_fence,
        link=_brackets, hard_newline="  \n", plain_addresses=True, indents_code=True,
    ),
    "telegram_html": Dialect(
        styles={"b": ("<b>", "</b>"), "i": ("<i>", "</i>"), "s": ("<s>", "</s>")}, escape=_html, escape_code=_html,
        code=lambda text: ("<code>", "</code>"), fence=_telegram_fence, fence_lines=False,
        link=lambda url: (f'<a href="{html.escape(url)}">', "</a>"), bullet="• ", rule="———",
        quote_mark=("<blockquote>", "</blockquote>"), hides_marks=True, code_holds_styles=False,
    ),
    "slack_mrkdwn": Dialect(
        styles={"b": ("*", "*"), "i": ("_", "_"), "s": ("~", "~")}, escape=_html,
        escape_code=lambda text: _html(_without_fences(text)), fence=lambda text, language: ("```", "```"),
        code=lambda text: None if "`" in text else ("`", "`"), link=_slack_link, bullet="• ", rule="———",
        quotes_nest=False, link_holds_styles=False, code_holds_styles=False, words_only=True,
    ),
    "feishu_md": Dialect(
        styles={"b": ("**", "**"), "i": ("*", "*"), "s": ("~~", "~~")}, link=_brackets, quotes_nest=False,
        escape=lambda text: _SPECIAL_FEISHU.sub(_entity, text), plain_addresses=True, code=_inline_code,
        escape_start=lambda text: re.sub(r"^[#+-]", _entity, text), fence=_fence, escape_code=_without_fences,
        code_holds_styles=False,
    ),
    "wecom_md": Dialect(
        styles={"b": ("**", "**")}, headings=6, link=_brackets, code=_inline_code, quotes_nest=False, rule="———",
        code_holds_styles=False,
    ),
    "dingtalk_md": Dialect(
        styles={"b": ("**", "**"), "i": ("*", "*")}, headings=6, link=_brackets, quotes_nest=False, newline="  \n",
        hard_newline="  \n", code=_inline_code, fence=_fence, escape_code=_without_fences,
    ),
    "discord_md": Dialect(
        styles={"b": ("**", "**"), "i": ("*", "*"), "s": ("~~", "~~")}, headings=3, link=_brackets, quotes_nest=False,
        escape=lambda text: _SPECIAL_DISCORD.sub(_backslash, text), escape_start=_start, rule="———",
        code=_inline_code, fence=_fence, escape_code=_without_fences, plain_addresses=True,
    ),
}  # fmt: skip
