"""Slack's markup as the model reads it."""

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.slack.reading import shown

MARKUP = {
    "a &lt;b&gt; &amp;amp; c": "a <b> &amp; c",
    "<@UBOT> hello <@U2> and <@U3|ann>": "hello @U2 and @ann",
    "<#C1|general> <#C2>": "#general #C2",
    "<!here> <!subteam^S1|@team> <!date^1^{date}|today>": "@here @team today",
    "<https://a.example/?x=1&amp;y=2>": "https://a.example/?x=1&y=2",
    "<https://a.example/x|a page>": "a page (https://a.example/x)",
    "<http://a.example|a.example>": "http://a.example",
    "<mailto:a@b.example|a@b.example>": "a@b.example",
    "1 < 2 and 3 > 2": "1 < 2 and 3 > 2",
    "1<2 and 3>2": "1<2 and 3>2",
    "  ": "",
}


@pytest.mark.parametrize(("markup", "read"), MARKUP.items())
def test_slacks_markup_is_read_as_people_see_it(markup: str, read: str) -> None:
    assert shown(markup, {"UBOT"}) == read


@settings(derandomize=True, deadline=None)
@examples(st.text())
def test_any_text_that_slack_escapes_comes_back(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown(escaped) == text.strip()
