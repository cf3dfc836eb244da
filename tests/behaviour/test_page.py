"""The chat page in a real browser: a person types, the assistant answers as it speaks, trouble is shown."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.config import Config
from assistant.machine import opened
from sandbox import paths
from tests.kit import browser
from tests.kit.assistant_parts import serving, wait_for
from tests.kit.deployment import Deployment
from tests.kit.speaking import Stepwise

pytestmark = [pytest.mark.behaviour, *browser.NEEDED]
PHONE: Any = {"width": 390, "height": 844}
PART = "[data-role=assistant][aria-busy]"


@pytest.fixture
def page(deployed: Deployment) -> Iterator[Any]:
    """The page at phone width, opened by a visitor who was never here before."""
    with browser.tab(PHONE) as opened_tab:
        opened_tab.goto(deployed.outputs()["url"])
        yield opened_tab


def say(page: Any, text: str) -> None:
    page.locator("textarea#message").fill(text)
    page.locator("button#send").click()


def replies(page: Any) -> Any:
    return page.locator(browser.REPLY)


def test_a_message_typed_is_answered_on_the_page(page: Any) -> None:
    say(page, "Hello from a phone")
    replies(page).filter(has_text="Hello from a phone").wait_for(timeout=60_000)
    assert page.locator("[data-role=user]").inner_text().count("Hello from a phone") == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if folder := os.environ.get("SCREENSHOTS"):  # `SCREENSHOTS=docs/images make test` renews the pictures
        page.screenshot(path=str(Path(paths.ROOT, folder) / "web-chat.png"))


def test_the_conversation_is_there_again_after_a_reload(page: Any) -> None:
    say(page, "Remember me")
    replies(page).filter(has_text="Remember me").wait_for(timeout=60_000)
    page.reload()
    replies(page).filter(has_text="Remember me").wait_for(timeout=60_000)
    assert replies(page).count() == 1


def test_markup_in_a_message_is_shown_and_not_run(page: Any) -> None:
    say(page, "<img src=x onerror=\"document.title='broken'\">")
    replies(page).filter(has_text="onerror").wait_for(timeout=60_000)
    assert page.locator("[data-role] img").count() == 0
    assert page.title() != "broken"


def test_a_failure_to_send_is_shown_and_a_retry_is_answered_once(page: Any) -> None:
    page.route("**/web/messages", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    say(page, "Can you hear me?")
    alert = page.locator("[role=alert]").first
    alert.wait_for(timeout=60_000)
    assert alert.inner_text()
    page.unroute("**/web/messages")
    page.get_by_role("button", name="Try again").first.click()
    replies(page).filter(has_text="Can you hear me?").wait_for(timeout=60_000)
    assert replies(page).count() == 1


def test_a_streamed_reply_appears_as_it_comes_and_a_dropped_connection_resumes_it(tmp_path: Path) -> None:
    model = Stepwise()
    with opened(Config(), tmp_path, model) as parts, serving(parts) as client, browser.tab(PHONE) as page:
        page.goto(str(client.base_url))
        say(page, "Tell me a story")
        lengths: list[int] = []
        for count in (1, 2, 3):
            model.step()
            part = "".join(model.pieces[:count]).strip()
            page.locator(PART).filter(has_text=part).wait_for(timeout=10_000)
            assert page.locator(PART).inner_text().strip() == part
            lengths.append(len(page.locator(PART).inner_text()))
            if count == 2:  # what comes next is said while nobody is connected
                parts.broker.disconnect()
                wait_for(lambda: parts.broker.subscribers == 0)
        assert lengths[0] < lengths[1] < lengths[2] < len(model.whole)
        model.step()
        replies(page).wait_for(timeout=10_000)
        assert replies(page).all_inner_texts() == [model.whole]
        assert page.locator("[data-role]").count() == 2  # the message and its reply
