"""The chat page in a real browser, and the headers it is served with."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.channels.contract import Installation
from assistant.channels.web.page import load, page
from assistant.config import Config
from assistant.machine import opened
from assistant.models import ModelError, Progress, Prompt, Reply
from assistant.routing import Request
from tests.kit import browser

PHONE: Any = browser.PHONE


def test_the_page_is_one_file_that_loads_nothing_else() -> None:
    html = load()[0]
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", html)
    assert not re.findall(r"url\(|@import|innerHTML|insertAdjacentHTML|document\.write|\bon\w+=|\sstyle=", html)
    assert "//" not in re.sub(r"xmlns='http://www.w3.org/2000/svg'|//\s", "", html.replace("https://", "//x"))
    assert not re.findall(r"<(?:style|script)></", html)


def test_its_policy_allows_its_own_script_and_style_and_nothing_else() -> None:
    policy = dict(part.split(" ", 1) for part in load()[1].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    for directive in ("script-src", "style-src"):
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", policy[directive])


def served(config: Config, installation: str = "main", path: str = "/") -> Any:
    services: Any = SimpleNamespace(config=config)
    given: Any = SimpleNamespace(installation=Installation("web", name=installation))
    return page(Request("GET", path), services, given)


def test_it_may_connect_to_the_stream_s_host_and_to_no_other() -> None:
    policy = served(Config(stream_url="wss://abc.example/live")).headers["content-security-policy"]
    assert "connect-src 'self' wss://abc.example; " in policy


def test_each_installation_s_page_uses_its_own_routes() -> None:
    assert 'data-path="web/"' in served(Config()).body
    assert 'data-path=""' in served(Config(), "other", "/web/other/").body
    assert 'data-path="other/"' in served(Config(), "other", "/web/other").body


@dataclass
class Talkative:
    """Slow, failing or poetic, as the message asks for."""

    release: threading.Event

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        text = f"reply {len(prompt.history) + 1}: {prompt.text}"
        if prompt.text == "slow":
            self.release.wait(10)
        if prompt.text == "fail":
            raise ModelError("model: told to fail")
        if progress is not None:
            progress.text(text[:4])
            progress.text(text[4:])
        return Reply(text, "talkative")


@dataclass
class Site:
    """A served assistant and a way to make it fail."""

    url: str
    parts: Any
    release: threading.Event


@pytest.fixture
def site(tmp_path: Path, serving: Any) -> Iterator[Site]:
    release = threading.Event()
    with opened(Config(max_receives=1), tmp_path / "data", Talkative(release)) as parts, serving(parts) as client:
        yield Site(str(client.base_url).rstrip("/"), parts, release)
        release.set()


@pytest.fixture
def tab(site: Site) -> Iterator[Any]:
    """A phone-sized tab on the page; any error of the page fails the test."""
    with browser.tab() as opened_tab:
        opened_tab.goto(site.url)
        yield opened_tab


def say(tab: Any, text: str) -> None:
    tab.fill("textarea#message", text)
    tab.click("button#send")


def replies(tab: Any, count: int) -> list[str]:
    """The texts of the first `count` replies, once they are there and whole."""
    tab.locator(browser.REPLY).nth(count - 1).wait_for()
    return tab.locator(browser.REPLY).all_inner_texts()


class TestInABrowser:
    """What a person does with it."""

    pytestmark = browser.NEEDED

    def test_a_message_is_answered_and_kept_over_a_reload(self, tab: Any) -> None:
        say(tab, "hello")
        assert replies(tab, 1) == ["reply 1: hello"]
        tab.reload()
        assert replies(tab, 1) == ["reply 1: hello"]
        assert tab.locator("[data-role=user]").all_inner_texts() == ["hello"]
        say(tab, "again")
        assert replies(tab, 2)[1] == "reply 2: again"

    def test_enter_sends_and_shift_enter_begins_a_new_line(self, tab: Any) -> None:
        tab.locator("#message").press_sequentially("one")
        tab.keyboard.press("Shift+Enter")
        tab.locator("#message").press_sequentially("two")
        tab.keyboard.press("Enter")
        assert replies(tab, 1) == ["reply 1: one\ntwo"]
        assert tab.input_value("#message") == ""

    def test_markup_is_shown_as_text_and_code_as_code(self, tab: Any) -> None:
        text = (
            '<img src=x onerror="document.title=1"> `<b>` and\n```html\n<script>alert(1)</script>\n  indented\n```\nend'
        )
        say(tab, text)
        replies(tab, 1)
        assert tab.locator("#messages img, #messages script, #messages b").count() == 0
        assert tab.locator("[data-role=assistant] pre").inner_text() == "<script>alert(1)</script>\n  indented"
        assert "<img src=x" in replies(tab, 1)[0]
        assert tab.title() == "Assistant"

    def test_the_wait_is_shown_and_a_reload_in_between_loses_nothing(self, tab: Any, site: Site) -> None:
        say(tab, "slow")
        tab.locator(".typing").wait_for()
        tab.reload()
        tab.locator(".typing").wait_for()
        site.release.set()
        assert replies(tab, 1) == ["reply 1: slow"]
        assert tab.locator("[data-role=user]").count() == 1
        assert tab.locator(".typing").count() == 0

    def test_a_failed_sending_is_shown_and_the_retry_is_the_same_message(self, tab: Any, site: Site) -> None:
        sent: list[Any] = []
        tab.on("request", lambda r: sent.append(r.post_data_json.get("id")) if r.method == "POST" else None)
        real, site.parts.intake.accept = site.parts.intake.accept, lambda *_: 1 / 0
        say(tab, "hello")
        tab.locator("[role=alert]").wait_for()
        assert "send it again" in tab.inner_text("[role=alert]")
        site.parts.intake.accept = real
        tab.click("[role=alert] button")
        assert replies(tab, 1) == ["reply 1: hello"]
        assert sent[0] is None  # the session
        assert len(sent) == 3
        assert len(set(sent[1:])) == 1
        assert tab.locator("[role=alert]").count() == 0

    def test_a_message_that_arrived_though_its_answer_got_lost_is_answered_once(self, tab: Any, site: Site) -> None:
        def swallow(route: Any) -> None:
            route.fetch()
            route.abort()

        tab.route("**/web/messages", swallow, times=1)
        say(tab, "hello")
        tab.locator("[role=alert]").wait_for()
        tab.click("[role=alert] button")
        replies(tab, 1)
        say(tab, "next")
        assert replies(tab, 2) == ["reply 1: hello", "reply 2: next"]

    def test_a_message_that_cannot_be_answered_is_told_and_can_be_asked_again(self, tab: Any) -> None:
        say(tab, "fail")
        tab.locator("[role=alert]").wait_for()
        assert tab.inner_text("[role=alert] span").startswith("Sorry, I could not answer")
        say(tab, "still there?")
        assert replies(tab, 1) == ["reply 1: still there?"]
        tab.click("text=Ask again")
        tab.locator("[role=alert]").nth(1).wait_for()
        assert tab.locator("[data-role=user]").count() == 3

    def test_a_text_that_is_refused_can_be_edited(self, tab: Any) -> None:
        say(tab, "x" * 8001)
        tab.locator("[role=alert]").wait_for()
        tab.click("text=Edit")
        assert len(tab.input_value("#message")) == 8001
        assert tab.locator("[data-role=user]").count() == 0

    def test_many_messages_at_once_keep_their_order(self, tab: Any) -> None:
        for n in range(6):
            say(tab, f"m{n}")
        assert replies(tab, 6) == [f"reply {n + 1}: m{n}" for n in range(6)]

    def test_a_message_that_is_sent_slowly_stays_before_the_next_one(self, tab: Any) -> None:
        held: list[Any] = []
        tab.route("**/web/messages", lambda route: held.append(route), times=1)  # noqa: PLW0108
        say(tab, "first")
        say(tab, "second")
        tab.wait_for_timeout(500)
        held[0].continue_()
        assert replies(tab, 2) == ["reply 1: first", "reply 2: second"]

    def test_a_new_conversation_begins_empty_and_the_old_one_is_not_mixed_in(self, tab: Any) -> None:
        say(tab, "hello")
        replies(tab, 1)
        tab.click("text=New conversation")
        assert tab.locator("[data-role]").count() == 0
        say(tab, "fresh")
        assert replies(tab, 1) == ["reply 1: fresh"]
        tab.reload()
        assert replies(tab, 1) == ["reply 1: fresh"]

    def test_it_fits_a_phone_and_can_be_used_by_its_labels(self, tab: Any) -> None:
        say(tab, "```\n" + "wide " * 60 + "\n```\n" + "long" * 60)
        replies(tab, 1)
        assert tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert tab.get_by_label("Message").count() == 1
        assert tab.get_by_role("button", name="Send").is_disabled()
        assert tab.get_by_role("log", name="Conversation").get_attribute("aria-live") == "polite"
        box = tab.locator("#send").bounding_box()
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= PHONE["height"]

    def test_it_works_below_a_path_with_and_without_a_slash(self, tab: Any, site: Site) -> None:
        asked: list[str] = []

        def forward(route: Any) -> None:
            asked.append(route.request.url)
            route.continue_(url=route.request.url.replace("/live/", "/").replace("/live", "/"))

        tab.route("**/live**", forward)
        for path in ("/live", "/live/"):
            tab.goto(site.url + path)
            tab.click("text=New conversation")
            say(tab, "hello")
            assert replies(tab, 1) == ["reply 1: hello"]
        assert any(url.endswith("/live/web/messages") for url in asked)
