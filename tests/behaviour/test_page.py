"""The chat page in a real browser: a person types, the assistant answers, trouble is shown."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import paths
from tests.kit.deployment import Deployment

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.behaviour,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; `apt-get install chromium` brings it"),
]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PHONE: Any = {"width": 390, "height": 844}


@pytest.fixture
def page(deployed: Deployment) -> Iterator[Any]:
    """The page at phone width, opened by a visitor who was never here before."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        opened = browser.new_page(viewport=PHONE)
        opened.goto(deployed.outputs()["url"])
        yield opened
        browser.close()


def say(page: Any, text: str) -> None:
    page.locator("textarea#message").fill(text)
    page.locator("button#send").click()


def replies(page: Any) -> Any:
    return page.locator("[data-role=assistant]")


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
