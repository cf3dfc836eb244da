"""Rendering: what each dialect makes of Markdown, and how a long text becomes several messages."""

import re

import pytest

from assistant.rendering import render
from assistant.rendering.dialects import DIALECTS

LONG = 1_000_000
ALL = tuple(DIALECTS)
LINK = '<a href="https://x.y/p_q">l</a>'
QUOTED = "<blockquote>said</blockquote>"
CODE = '<pre><code class="language-py">if x:\n    y</code></pre>'


def whole(markdown: str, dialect: str) -> str:
    """One message."""
    (only,) = render(markdown, dialect, LONG, "characters")
    return only


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("plain", "T\n\na b i s c_d 1 < 2 & 3 l (https://x.y/p_q)"),
        ("markdown", "# T\n\na **b** *i* ~~s~~ `c_d` 1 \\< 2 & 3 [l](https://x.y/p_q)"),
        ("telegram_html", "<b>T</b>\n\na <b>b</b> <i>i</i> <s>s</s> <code>c_d</code> 1 &lt; 2 &amp; 3 " + LINK),
        ("slack_mrkdwn", "*T*\n\na *b* _i_ ~s~ `c_d` 1 &lt; 2 &amp; 3 <https://x.y/p_q|l>"),
        ("feishu_md", "**T**\n\na **b** *i* ~~s~~ `c_d` 1 &#60; 2 &#38; 3 [l](https://x.y/p_q)"),
        ("wecom_md", "# T\n\na **b** i s `c_d` 1 < 2 & 3 [l](https://x.y/p_q)"),
        ("dingtalk_md", "# T\n\na **b** *i* s `c_d` 1 < 2 & 3 [l](https://x.y/p_q)"),
        ("discord_md", "# T\n\na **b** *i* ~~s~~ `c_d` 1 \\< 2 & 3 [l](https://x.y/p_q)"),
    ],
)  # fmt: skip
def test_each_dialect_has_its_own_words_for_the_same_text(dialect: str, expected: str) -> None:
    assert whole("# T\n\na **b** *i* ~~s~~ `c_d` 1 < 2 & 3 [l](https://x.y/p_q)", dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("plain", "a\n\n- one\n  - two\n\n> said\n\n1 | 2\n3 | 4\n\nif x:\n    y"),
        ("markdown", "a\n\n- one\n  - two\n\n> said\n\n| 1 | 2 |\n|---|---|\n| 3 | 4 |\n\n```py\nif x:\n    y\n```"),
        ("telegram_html", "a\n\n• one\n  • two\n\n" + QUOTED + "\n\n<b>1</b> | <b>2</b>\n3 | 4\n\n" + CODE),
        ("slack_mrkdwn", "a\n\n• one\n  • two\n\n> said\n\n*1* | *2*\n3 | 4\n\n```\nif x:\n    y\n```"),
        ("wecom_md", "a\n\n- one\n  - two\n\n> said\n\n**1** | **2**\n3 | 4\n\nif x:\n    y"),
        ("dingtalk_md", "a\n\n- one  \n  - two\n\n> said\n\n**1** | **2**  \n3 | 4\n\n```py\nif x:\n    y\n```"),
        ("discord_md", "a\n\n- one\n  - two\n\n> said\n\n**1** | **2**\n3 | 4\n\n```py\nif x:\n    y\n```"),
    ],
)  # fmt: skip
def test_lists_quotations_tables_and_code_degrade_to_what_the_channel_shows(dialect: str, expected: str) -> None:
    markdown = "a\n\n- one\n  - two\n\n> said\n\n|1|2|\n|-|-|\n|3|4|\n\n```py\nif x:\n    y\n```"
    assert whole(markdown, dialect) == expected


def test_an_image_becomes_a_link_with_its_description() -> None:
    assert whole("![a cat](https://x.y/c.png)", "slack_mrkdwn") == "<https://x.y/c.png|a cat>"
    assert whole("![a cat](https://x.y/c.png)", "plain") == "a cat (https://x.y/c.png)"
    assert whole("![](data:image/png;base64,AAAA)", "discord_md") == "image"


@pytest.mark.parametrize("markdown", ["<!channel> hi", "<@U123>", "<https://evil|x>", "\\<b>x\\</b>"])
def test_a_reply_cannot_mention_people_or_make_tags(markdown: str) -> None:
    for dialect in ("slack_mrkdwn", "telegram_html"):
        assert not re.search(r"<[!@b/]", whole(markdown, dialect))


def test_a_link_that_would_run_a_script_stays_text() -> None:
    assert whole("[x](javascript:alert(1))", "telegram_html") == "[x](javascript:alert(1))"
    assert whole('[x](https://y/"><b>)', "telegram_html") == '<a href="https://y/%22%3E%3Cb%3E">x</a>'


def test_markup_that_was_escaped_stays_escaped() -> None:
    assert whole("\\# no heading\n\\* no *item* \\*x\\*", "markdown") == "\\# no heading\n\\* no *item* \\*x\\*"
    assert whole("\\- no item\n\n1\\. no item", "discord_md") == "\\- no item\n\n1\\. no item"


def test_addresses_and_names_with_underscores_survive() -> None:
    text = "see https://x.y/a_b_c*d and snake_case_name"
    assert whole(text, "discord_md") == text.replace("*", "\\*")


def test_slack_gets_invisible_blanks_where_a_style_begins_inside_a_word() -> None:
    assert whole("中文**粗体**中文", "slack_mrkdwn") == "中文\u200b*粗体*\u200b中文"


def test_code_that_holds_backticks_does_not_end_early() -> None:
    assert whole("`` a`b ``", "markdown") == "`` a`b ``"
    assert whole("`` a`b ``", "slack_mrkdwn") == "a`b"
    assert whole("````\n```\nx\n```\n````", "markdown") == "````\n```\nx\n```\n````"
    assert whole("````\n```\nx\n````", "discord_md").count("```") == 2


def test_cells_beyond_the_columns_are_kept() -> None:
    assert whole("a|b\n-|-\n1|2|3|4", "plain") == "a | b\n1 | 2 ¦ 3 ¦ 4"


def test_what_defines_a_reference_is_kept() -> None:
    assert whole("see [it][1]\n\n[1]: https://x.y", "plain") == "see [it][1]\n\n[1]: https://x.y"


@pytest.mark.parametrize("empty", ["", "  \n\n", "\x00", "\ud800", "```\n```", "&nbsp;", "-\n-"])
def test_a_reply_without_anything_to_see_is_still_a_message(empty: str) -> None:
    for dialect in ALL:
        assert render(empty, dialect, 100, "characters") == ["…"]


def test_control_characters_and_halves_of_pairs_are_left_out() -> None:
    assert whole("a\x00b\x1bc\ud83dd\x7f\ufffee\r\nf", "plain") == "abcde\nf"


def test_a_mistake_in_the_call_is_told() -> None:
    with pytest.raises(ValueError, match="dialect: got 'x', expected one of plain"):
        render("a", "x", 100, "characters")
    with pytest.raises(ValueError, match="limit: got 19"):
        render("a", "plain", 19, "characters")


def test_a_cut_is_made_at_a_paragraph_before_a_line_before_a_sentence_before_a_word() -> None:
    paragraphs = render("one two.\n\nthree four.\n\nfive six seven.", "plain", 24, "characters")
    assert paragraphs == ["one two.\n\nthree four.", "five six seven."]
    assert render("one two three\nfour five six\nseven", "plain", 30, "characters") == [
        "one two three\nfour five six", "seven"
    ]  # fmt: skip
    assert render("One two. Three four five. Six!", "plain", 26, "characters") == ["One two. Three four five.", "Six!"]
    assert render("一二三四五。六七八九十\uff01一二三四五六七八九十", "plain", 20, "characters") == [
        "一二三四五。六七八九十\uff01", "一二三四五六七八九十"
    ]  # fmt: skip
    assert render("one two three four five six", "plain", 20, "characters") == ["one two three four", "five six"]


def test_a_heading_stays_with_what_it_heads() -> None:
    assert render("aaaa bbbb cccc\n\n# Title\n\nbody text", "plain", 30, "characters") == [
        "aaaa bbbb cccc", "Title\n\nbody text"
    ]  # fmt: skip


def test_a_code_block_that_fits_is_kept_whole_and_a_longer_one_is_closed_and_opened_again() -> None:
    block = "```py\n" + "\n".join(f"line {n}" for n in range(5)) + "\n```"
    assert render(f"{'word ' * 10}\n\n{block}", "markdown", 60, "characters")[1] == block
    parts = render("```py\n" + "\n".join(f"line {n:02}" for n in range(20)) + "\n```", "discord_md", 60, "characters")
    assert len(parts) > 2
    assert all(part.startswith("```py\n") and part.endswith("\n```") for part in parts)
    assert re.findall(r"line \d\d", "".join(parts)) == [f"line {n:02}" for n in range(20)]


def test_a_style_is_closed_at_the_cut_and_opened_again() -> None:
    assert render("**one two three four five**", "markdown", 20, "characters") == ["**one two three**", "**four five**"]
    parts = render("> **one two three four five six**", "telegram_html", 20, "utf16")
    assert parts == [
        "<blockquote><b>one two three four</b></blockquote>", "<blockquote><b>five six</b></blockquote>"
    ]  # fmt: skip


def test_what_people_see_as_one_character_is_not_cut() -> None:
    family = "👨\u200d👩\u200d👧"
    for piece in (family, "🇩🇪", "e\u0301", "👍🏽"):
        parts = render(piece * 30, "plain", 20, "utf16")
        assert all(part == piece * (len(part) // len(piece)) for part in parts)


def test_telegram_counts_the_text_alone() -> None:
    assert render("**" + "<" * 4096 + "**", "telegram_html", 4096, "utf16") == ["<b>" + "&lt;" * 4096 + "</b>"]
    assert len(render("😀" * 2049, "telegram_html", 4096, "utf16")) == 2


def test_an_address_too_long_for_a_link_is_written_out() -> None:
    url = "https://x.y/" + "a" * 300
    parts = render(f"see [it]({url})!", "discord_md", 200, "characters")
    assert "".join(parts).replace(" ", "") == f"seeit({url})!"


def test_where_the_marks_leave_no_room_the_text_goes_without_them() -> None:
    quote = "> " * 5
    parts = render(f"{quote}```\n{quote}😀😀\n{quote}```", "markdown", 40, "utf8")
    assert "".join(parts).count("😀") == 2
