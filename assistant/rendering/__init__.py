"""A model's Markdown as messages of a channel: in the channel's dialect, each within its limit."""

import re

from assistant.channels.contract import Unit
from assistant.rendering.dialects import DIALECTS
from assistant.rendering.document import Reader
from assistant.rendering.splitting import split

LEAST_LIMIT = 20
NOTHING = "…"

# Control characters, halves of surrogate pairs and code points that are no characters: providers refuse them.
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def render(markdown: str, dialect: str, limit: int, unit: Unit) -> list[str]:
    """The text as messages, in order: at least one, none of them empty or longer than `limit` in `unit`.

    `dialect` is one of `plain`, `markdown`, `telegram_html`, `slack_mrkdwn`, `feishu_md`, `wecom_md`, `dingtalk_md`
    and `discord_md`. Nothing is lost but blanks: a message ends at a paragraph where it can, else at a line, a
    sentence, a word. What is open at the cut (a code block, bold) is closed there and opened again in the next one.
    For `telegram_html` the limit counts the text without its tags, as Telegram does. Raises ValueError for a dialect
    that is not known and for a limit below 20, never for a text.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"dialect: got {dialect!r}, expected one of {', '.join(DIALECTS)}")
    if limit < LEAST_LIMIT:
        raise ValueError(f"limit: got {limit}, expected at least {LEAST_LIMIT}")
    chosen = DIALECTS[dialect]
    clean = _REFUSED.sub("", re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", markdown))
    groups = Reader(chosen, most_mark=limit // 4).read(clean)
    return split(groups, chosen, limit, unit) or [NOTHING]
