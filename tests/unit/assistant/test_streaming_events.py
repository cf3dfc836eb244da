"""GET /web/events: the stream of one conversation, for whoever holds its token."""

import asyncio
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assistant import secrets
from assistant.channels.given import Installed
from assistant.streaming import broker as brokers
from assistant.streaming import sse
from assistant.streaming.broker import Broker
from tests.kit.assistant_parts import wait_for
from tests.kit.streaming import Stored, installed, token


@pytest.fixture
def given(tmp_path: Path) -> Installed:
    secrets._cache.clear()
    return installed(tmp_path)


def get(
    broker: Broker, given: Installed, headers: dict[str, str], sessions: Any = None, query: str = ""
) -> httpx.Response:
    """The answer of GET /web/events, once it has ended."""
    parts: Any = SimpleNamespace(broker=broker, sessions=sessions or Stored())

    async def events(request: Request) -> Response:
        return await sse.events(request, parts, given)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=[Route("/web/events", events)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://chat.example") as client:
            return await client.get(f"/web/events{query}", headers=headers)

    return asyncio.run(ask())


def test_the_endpoint_streams_the_token_s_conversation(given: Installed) -> None:
    broker = Broker()
    timer = threading.Thread(
        target=lambda: (wait_for(lambda: broker.subscribers), time.sleep(0.1), broker.disconnect())
    )
    timer.start()
    headers = {"authorization": f"Bearer {token(given)}", "last-event-id": "1", "origin": "http://chat.example"}
    answer = get(broker, given, headers, Stored("one", "two"))
    timer.join(10)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert '"reply": "two"' in answer.text
    assert '"reply": "one"' not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"authorization": "Bearer a.b.c"}, 401), ({"origin": "https://evil.example"}, 403)],
    ids=str,
)
def test_the_endpoint_refuses_who_has_no_token_or_another_origin(
    given: Installed, headers: dict[str, str], status: int
) -> None:
    broker = Broker()
    answer = get(broker, given, headers)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert broker.subscribers == 0


def test_a_token_in_the_address_is_worth_nothing(given: Installed) -> None:
    assert get(Broker(), given, {}, query=f"?token={token(given)}").status_code == 401


def test_the_endpoint_says_when_there_are_too_many(given: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "MOST_SUBSCRIBERS", 0)
    answer = get(Broker(), given, {"authorization": f"Bearer {token(given)}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
