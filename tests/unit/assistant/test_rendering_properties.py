"""Rendering, whatever the text: every message fits, nothing is lost, and it does not take long."""

import html
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.channels.contract import Unit
from assistant.rendering import render
from assistant.rendering.dialects import DIALECTS
from assistant.rendering.text import size

LONG = 1_000_000
ALL = tuple(DIALECTS)
FENCED = ("markdown", "slack_mrkdwn", "feishu_md", "dingtalk_md", "discord_md")
UNITS: tuple[Unit, ...] = ("characters", "utf8", "utf16")


def whole(markdown: str, dialect: str) -> str:
    """One message."""
    (only,) = render(markdown, dialect, LONG, "characters")
    return only


class Telegram(HTMLParser):
    """Reads what Telegram reads: the text, with tags that must nest."""

    ALLOWED = {"b", "i", "s", "u", "code", "pre", "a", "blockquote"}

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.open = "", list[str]()
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.ALLOWED
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def length(text: str, dialect: str, unit: Unit) -> int:
    return size(Telegram(text).text if dialect == "telegram_html" else text, unit)


words = st.integers(0, 9999).map(lambda n: f"w{n:04}")
inline = st.recursive(
    words,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["**", "*", "~~"]), inner).map(lambda t: t[0] + t[1] + t[0]),
        st.lists(inner, min_size=2, max_size=4).map(" ".join),
        words.map(lambda word: f"`{word}`"),
        inner.map(lambda text: f"[{text}](https://x.y/z)"),
        st.lists(inner, min_size=2, max_size=3).map(". ".join),
    ),
    max_leaves=12,
)  # fmt: skip
blocks = st.recursive(
    st.one_of(
        inner_text := st.lists(inline, min_size=1, max_size=3).map("\n".join),
        st.lists(words, min_size=1, max_size=12).map(lambda rows: "```py\n" + "\n".join(rows) + "\n```"),
        st.lists(st.tuples(words, inline), min_size=2, max_size=4).map(
            lambda rows: "\n".join([f"|{rows[0][0]}|w0000|", "|---|---|", *(f"|{a}|{b}|" for a, b in rows[1:])])
        ),
        inline.map(lambda text: f"## {text}"),
    ),
    lambda inner: st.one_of(
        inner.map(lambda text: "\n".join("> " + row for row in text.split("\n"))),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda items: "\n".join("- " + item.replace("\n", "\n  ") for item in items)
        ),
    ),
    max_leaves=4,
)  # fmt: skip
documents = st.lists(blocks, min_size=1, max_size=5).map("\n\n".join)
SETTINGS = settings(max_examples=150, deadline=None, derandomize=True)


@SETTINGS
@given(documents, st.sampled_from(ALL), st.integers(60, 300), st.sampled_from(UNITS))
def test_every_word_of_a_document_arrives_once_and_in_order(text: str, dialect: str, limit: int, unit: Unit) -> None:
    parts = render(text, dialect, limit, unit)
    assert all(0 < length(part, dialect, unit) <= limit for part in parts)
    if dialect in FENCED:
        assert all(len(re.findall(r"^[> -]*```", part, re.MULTILINE)) % 2 == 0 for part in parts)
    expected = re.findall(r"w\d{4}", whole(text, "plain"))
    assert re.findall(r"w\d{4}", "\n".join(parts)) == expected
    assert sorted(expected) == sorted(re.findall(r"w\d{4}", text))


@SETTINGS
@given(documents)
def test_markdown_says_the_same_when_it_is_read_again(text: str) -> None:
    def shown(markdown: str) -> str:
        return re.sub(r"\n+", "\n", whole(markdown, "telegram_html"))  # lists may become looser

    assert shown(whole(text, "markdown")) == shown(text)


any_text = st.one_of(
    st.text(), st.text(st.sampled_from("*_~`[]()<>&#-|>!\\\n 1.a字😀\u200d\u0301\ud800\x00\t"), max_size=120)
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(any_text, st.sampled_from(ALL), st.integers(20, 80), st.sampled_from(UNITS))
def test_no_text_is_too_strange(text: str, dialect: str, limit: int, unit: Unit) -> None:
    parts = render(text, dialect, limit, unit)
    assert parts
    assert all(0 < length(part, dialect, unit) <= limit and part.strip() for part in parts)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(any_text, st.integers(20, 80))
def test_cutting_a_text_loses_nothing_but_blanks(text: str, limit: int) -> None:
    def kept(parts: list[str]) -> str:
        return re.sub(r"[\s>]", "", "".join(parts))  # quotation signs are repeated

    assert kept(render(text, "plain", limit, "utf8")) == kept(render(text, "plain", LONG, "utf8"))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("ab<>&\"'字 \n"), max_size=200), st.integers(20, 60))
def test_telegram_shows_what_was_written(text: str, limit: int) -> None:
    shown = "".join(Telegram(part).text for part in render(html.escape(text), "telegram_html", limit, "utf16"))
    plain = "".join(render(html.escape(text), "plain", LONG, "utf16"))
    expected = re.sub(r"[\s>•]", "", plain).replace("---", "———")
    assert re.sub(r"[\s>•]", "", shown) == expected


@pytest.mark.parametrize(
    "piece",
    ["word ", "汉字很多。", "x", "👨\u200d👩\u200d👧", "a b\n\n", "**b** c ", "- a\n", "[", "> ", "`a", "<&>", "\u0301",
     ". ", "```\nx\n```\n", "[a b](http://x.y/z) "],
)  # fmt: skip
def test_the_time_grows_with_the_length_and_not_faster(piece: str) -> None:
    def took(characters: int) -> float:
        text = piece * (characters // len(piece))
        started = time.process_time()
        render(text, "discord_md", 2000, "characters")
        return time.process_time() - started

    took(3000)
    short, long = min(took(7_500) for _ in range(3)), took(60_000)
    assert long < 8 * short * 4 + 0.2  # a quadratic one takes 64 times as long
