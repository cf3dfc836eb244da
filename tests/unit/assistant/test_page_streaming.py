"""The chat page while replies come: whole and once, however the stream, the network and the tokens behave."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.config import Config
from assistant.machine import opened
from assistant.streaming.connections import ConnectionPublisher, poster
from tests.kit import browser
from tests.kit.assistant_parts import wait_for
from tests.kit.speaking import Stepwise
from tests.kit.websocket_api import WebSocketApi, websocket_api

pytestmark = browser.NEEDED
PART = "[data-role=assistant][aria-busy]"


@pytest.fixture
def model() -> Stepwise:
    return Stepwise()


@pytest.fixture
def parts(tmp_path: Path, model: Stepwise) -> Iterator[Any]:
    with opened(Config(max_receives=1), tmp_path / "data", model) as made:
        yield made


@pytest.fixture
def tab(parts: Any, serving: Any) -> Iterator[Any]:
    """A tab on the page of a served assistant."""
    with serving(parts) as client, browser.tab() as opened_tab:
        opened_tab.goto(str(client.base_url))
        yield opened_tab


def say(tab: Any, text: str) -> None:
    tab.fill("textarea#message", text)
    tab.click("button#send")


def shown(tab: Any, text: str, where: str = PART) -> None:
    """Returns when the reply shows just this text."""
    box = tab.locator(where)
    box.filter(has_text=text.strip()).wait_for()
    assert [said.strip() for said in box.all_inner_texts()] == [text.strip()]


def whole(tab: Any, model: Stepwise) -> int:
    """How many replies, signs of writing and alerts there are, once the reply is there, which it must be once."""
    shown(tab, model.whole, browser.REPLY)
    return tab.locator("[data-role=assistant], .typing, [role=alert]").count()


def test_a_dropped_stream_is_resumed_with_what_was_said_meanwhile(tab: Any, parts: Any, model: Stepwise) -> None:
    say(tab, "hello")
    model.step()
    shown(tab, model.pieces[0])
    tab.route("**/web/events", lambda route: route.abort())
    parts.broker.disconnect()
    wait_for(lambda: parts.broker.subscribers == 0)
    model.step(2)
    tab.wait_for_timeout(300)
    shown(tab, model.pieces[0])  # what was there stays in sight
    tab.unroute("**/web/events")
    shown(tab, "".join(model.pieces[:3]))
    model.step()
    assert whole(tab, model) == 1


def test_a_reply_that_was_stored_while_the_stream_was_down_is_shown_once(tab: Any, parts: Any, model: Stepwise) -> None:
    say(tab, "hello")
    model.step()
    shown(tab, model.pieces[0])
    tab.route("**/web/events", lambda route: route.abort())
    parts.broker.disconnect()
    model.step(3)
    assert whole(tab, model) == 1
    tab.unroute("**/web/events")
    tab.wait_for_timeout(1500)
    assert whole(tab, model) == 1


def test_without_a_network_the_page_waits_and_goes_on_by_itself(tab: Any, parts: Any, model: Stepwise) -> None:
    say(tab, "hello")
    model.step()
    shown(tab, model.pieces[0])
    tab.context.set_offline(True)
    parts.broker.disconnect()
    model.step(3)
    tab.get_by_text("The connection is lost; trying again").wait_for()
    tab.context.set_offline(False)
    assert whole(tab, model) == 1


def test_a_reload_while_the_reply_comes_shows_it_from_its_beginning(tab: Any, model: Stepwise) -> None:
    say(tab, "hello")
    model.step(2)
    shown(tab, "".join(model.pieces[:2]))
    tab.reload()
    shown(tab, "".join(model.pieces[:2]))
    model.step(2)
    assert whole(tab, model) == 1
    assert tab.locator("[data-role=user]").count() == 1


def test_a_reply_that_fails_half_way_is_taken_back(tab: Any, model: Stepwise) -> None:
    say(tab, "fail")
    model.step()
    shown(tab, model.pieces[0])
    model.step()
    tab.locator("[role=alert]").wait_for()
    assert tab.locator("[data-role=assistant]").count() == 0


def test_a_stream_is_open_only_while_a_reply_is_awaited(tab: Any, parts: Any, model: Stepwise) -> None:
    begins: list[str] = []
    tab.on("request", lambda r: begins.append(r.headers["last-event-id"]) if r.url.endswith("/events") else None)
    assert parts.broker.subscribers == 0
    say(tab, "hello")
    wait_for(lambda: parts.broker.subscribers == 1)
    model.step(4)
    assert whole(tab, model) == 1
    wait_for(lambda: parts.broker.subscribers == 0)
    say(tab, "again")
    model.step(4)
    tab.locator(browser.REPLY).nth(1).wait_for()
    assert begins == ["0", "1"]


def test_without_a_stream_it_polls_quickly_at_first_and_then_less_often(tab: Any, model: Stepwise) -> None:
    times: list[float] = []
    tab.route("**/web/events", lambda route: route.fulfill(status=404, json={"error": "path"}))
    tab.on("request", lambda r: times.append(time.monotonic()) if "after=" in r.url else None)
    say(tab, "hello")
    tab.wait_for_timeout(4000)
    model.step(4)
    assert whole(tab, model) == 1
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps[0] < 0.6
    assert max(gaps) > 2 * gaps[0]
    assert len(times) < 15


def test_a_token_that_is_refused_is_renewed_and_the_conversation_goes_on(tab: Any, model: Stepwise) -> None:
    asked: list[str] = []
    tab.on("request", lambda r: asked.append(r.post_data) if "/session" in r.url else None)
    say(tab, "hello")
    model.step(4)
    assert whole(tab, model) == 1
    tab.route("**/web/messages", lambda route: route.fulfill(status=401, json={"error": "token"}), times=1)
    say(tab, "again")
    model.step(4)
    tab.locator(browser.REPLY).nth(1).wait_for()
    for _ in range(100):  # what the page asked for is told while the tab is waited for
        if len(asked) < 2:
            tab.wait_for_timeout(50)
    assert len(asked) == 2
    assert asked[0] == "{}"
    assert "refresh" in asked[1]


def test_a_conversation_that_has_expired_gives_way_to_a_new_one_with_what_was_written(
    tab: Any, model: Stepwise
) -> None:
    say(tab, "hello")
    model.step(4)
    assert whole(tab, model) == 1
    refused = {"status": 401, "json": {"error": "token: got one that has expired"}}
    tab.route("**/web/messages", lambda route: route.fulfill(**refused), times=1)
    tab.route("**/web/session", lambda route: route.fulfill(**refused), times=1)
    say(tab, "is anybody there?")
    tab.get_by_text("hello").wait_for(state="detached")
    model.step(4)
    assert whole(tab, model) == 1
    assert tab.locator("[data-role=user]").all_inner_texts() == ["is anybody there?"]


def test_no_token_is_ever_in_an_address(tab: Any, model: Stepwise) -> None:
    urls: list[str] = []
    tab.on("request", lambda r: urls.append(r.url))
    say(tab, "hello")
    model.step(4)
    assert whole(tab, model) == 1
    assert any(url.endswith("/web/events") for url in urls)
    assert not any("eyJ" in url or "token" in url for url in urls)


class Posting(ConnectionPublisher):
    """In the place of the process's own streams, which end with it."""

    def disconnect(self) -> None:
        pass


@pytest.fixture
def api() -> Iterator[WebSocketApi]:
    with websocket_api() as made:
        yield made


@pytest.fixture
def socket_tab(api: WebSocketApi, tmp_path: Path, model: Stepwise, serving: Any) -> Iterator[Any]:
    """A tab on the page of an assistant that streams over a WebSocket, as functions do."""
    with opened(Config(max_receives=1, stream_url=api.url, records_table="-"), tmp_path / "data", model) as parts:
        publisher = Posting("", "", connections=api.table, post=poster("", client=api), batch_s=0.02, refresh_s=0.05)
        object.__setattr__(parts, "broker", publisher)
        api.services = parts
        with serving(parts) as client, browser.tab() as opened_tab:
            opened_tab.goto(str(client.base_url))
            yield opened_tab


def test_over_a_websocket_the_reply_appears_as_it_comes(socket_tab: Any, api: WebSocketApi, model: Stepwise) -> None:
    say(socket_tab, "hello")
    for count in (1, 2, 3):
        model.step()
        shown(socket_tab, "".join(model.pieces[:count]))
    model.step()
    assert whole(socket_tab, model) == 1
    assert list(api.first_messages[0]) == ["token", "after"]
    wait_for(lambda: not api.open)
    assert api.table.keys == {}


def test_a_dropped_websocket_is_resumed(socket_tab: Any, api: WebSocketApi, model: Stepwise) -> None:
    say(socket_tab, "hello")
    model.step()
    shown(socket_tab, model.pieces[0])
    api.drop()
    model.step(2)
    shown(socket_tab, "".join(model.pieces[:3]))
    assert len(api.first_messages) == 2
    api.drop()
    model.step()
    assert whole(socket_tab, model) == 1
