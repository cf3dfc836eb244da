"""`python -m tools.document_channels` renews the table in docs/channels.md from the channels' rows of data."""

from pathlib import Path

from assistant import channels

PAGE = Path(__file__).resolve().parents[1] / "docs" / "channels.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
HEAD = (
    "| Channel | Acknowledged within | Delivered again after | Known for | Oldest request | Reply's limit | Replies "
    "| Registered |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n"
)
UNITS = {"characters": "characters", "utf8": "bytes of UTF-8", "utf16": "units of UTF-16"}


def table() -> str:
    """The rows of all channels, in Markdown."""
    return HEAD + "".join(_row(name) for name in channels.NAMES)


def page(text: str) -> str:
    """The page with its table renewed."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def _row(name: str) -> str:
    rules = channels.load(name).rules
    ladder = ", ".join(f"{seconds:g}" for seconds in rules.retry_ladder_s) + " s" if rules.retry_ladder_s else "never"
    past = "not judged" if rules.past_s is None else f"{rules.past_s:,} s"
    cells = (
        name, f"{rules.ack_budget_s:g} s", ladder, f"{rules.dedup_ttl_s:,} s", past,
        f"{rules.reply_limit:,} {UNITS[rules.reply_unit]}", f"{rules.replies_per_s:g}/s", rules.registration,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
