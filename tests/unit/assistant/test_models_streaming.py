"""Streaming models: pieces as they come, taken back when the stream breaks, and tokens as the endpoint counts them."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from assistant.models import ModelError, Reply, events, retry
from tests.kit.measuring import Heard
from tests.kit.model_endpoint import COUNTED, END, Endpoint, asking, completion, piece, stream


@pytest.fixture
def endpoint_of_model() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.end()


@pytest.fixture
def ask(endpoint_of_model: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reply]]:
    """Asks the endpoint; without the pauses between attempts."""
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.0)
    with asking(endpoint_of_model) as reply:
        yield reply


def test_a_reply_is_told_as_it_comes_and_its_tokens_are_the_endpoint_s(ask: Any, endpoint_of_model: Endpoint) -> None:
    endpoint_of_model.answers = [stream(piece(""), piece("zw"), piece("ei ✓"), END, COUNTED)]
    heard = Heard()
    assert ask(heard=heard) == Reply("zwei ✓", "small", 12, 3)
    assert heard.pieces == ["zw", "ei ✓"]
    ((_, request),) = endpoint_of_model.requests
    assert request["stream"] is True
    assert request["stream_options"] == {"include_usage": True}


def test_pieces_arrive_before_the_reply_is_whole(ask: Any, endpoint_of_model: Endpoint) -> None:
    heard, arrived = Heard(), threading.Event()

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(f"data: {json.dumps(piece('zw'))}\n\n".encode())
        deadline = time.monotonic() + 10
        while not heard.pieces and time.monotonic() < deadline:
            time.sleep(0.01)
        if heard.pieces == ["zw"]:
            arrived.set()
        handler.wfile.write(f"data: {json.dumps(piece('ei', 'stop'))}\n\ndata: [DONE]\n\n".encode())

    endpoint_of_model.answers = [slowly]
    assert ask(heard=heard).text == "zwei"
    assert arrived.is_set()


@pytest.mark.parametrize(
    "broken",
    [
        stream(piece("half"), ending=""),
        stream(piece("half"), {"error": {"message": "two is a secret"}}),
        stream(piece("half"), ending="data: {\n\n"),
        stream(piece("half"), ending="data: [1]\n\n"),
        stream(piece("half"), {"choices": [None]}),
    ],
)
def test_what_was_said_before_a_stream_broke_is_taken_back(ask: Any, endpoint_of_model: Endpoint, broken: Any) -> None:
    endpoint_of_model.answers = [broken, stream(piece("zwei", "stop"))]
    heard = Heard()
    assert ask(heard=heard).text == "zwei"
    assert (heard.pieces, heard.restarts) == (["zwei"], 1)


def test_a_stream_that_breaks_each_time_is_told_without_its_words(ask: Any, endpoint_of_model: Endpoint) -> None:
    endpoint_of_model.answers = [stream({"error": {"message": "two is a secret"}})]
    with pytest.raises(ModelError, match=r"^model: got [^\n]+$") as told:
        ask(heard=Heard())
    assert "secret" not in str(told.value)
    assert told.value.passing


def test_an_endpoint_that_does_not_stream_is_told_in_one_piece(ask: Any, endpoint_of_model: Endpoint) -> None:
    endpoint_of_model.answers = [(200, {**completion("zwei"), "usage": COUNTED["usage"]})]
    heard = Heard()
    assert ask(heard=heard) == Reply("zwei", "small", 12, 3)
    assert heard.pieces == ["zwei"]


@pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": "12", "completion_tokens": -1}])
def test_tokens_that_were_not_counted_are_none(ask: Any, endpoint_of_model: Endpoint, usage: Any) -> None:
    endpoint_of_model.answers = [(200, {**completion("zwei"), "usage": usage})]
    assert ask() == Reply("zwei", "small", 0, 0)


def test_halves_of_characters_become_whole_or_are_replaced(ask: Any, endpoint_of_model: Endpoint) -> None:
    def escaped(*texts: str) -> bytes:
        chunks = [f'{{"choices":[{{"delta":{{"content":"{text}"}},"finish_reason":null}}]}}' for text in texts]
        return "".join(f"data: {chunk}\n\n" for chunk in [*chunks, json.dumps(END)]).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(escaped(r"a\ud83d", r"\ude42b\ud83d"))

    endpoint_of_model.answers = [answer]
    assert ask(heard=Heard()).text == "a\U0001f642b\ufffd"


def test_a_stream_that_trickles_is_given_up_within_the_budget(ask: Any, endpoint_of_model: Endpoint) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(f"data: {json.dumps(piece('.'))}\n\n".encode())
            except OSError:
                return
            time.sleep(0.05)

    endpoint_of_model.answers = [trickle]
    begun = time.monotonic()
    with pytest.raises(ModelError, match="no end"):
        ask(timeout_s=0.4, heard=Heard())
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_events_are_read_however_they_are_cut(newline: str, size: int) -> None:
    text = newline.join([": note", "event: x", "data: ä", "data:b", "", "", "data: [DONE]", "id: 3", "", "data: last"])
    body = text.encode()
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    assert list(events.data(parts)) == ["ä\nb", "[DONE]", "last"]
