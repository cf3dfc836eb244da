"""The models: what is sent, what is tried again, and that neither prompts nor keys are told in errors."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant import models, secrets
from assistant.config import Config, ModelConfig
from assistant.models import Exchange, ModelError, Prompt, Reply, bedrock, events, retry
from assistant.models.openai import OpenAIModel
from tests.kit.measuring import Heard

PROMPT = Prompt("Be brief.", (Exchange("one", "eins"),), "two")
SAID = [("user", "one"), ("assistant", "eins"), ("user", "two")]
Answer = tuple[int, Any] | Callable[[BaseHTTPRequestHandler], object]


class Endpoint:
    """An OpenAI-compatible endpoint that answers from a list, the last entry for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [(200, completion("zwei"))]
        self.requests: list[Any] = []
        self.keys: list[str | None] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.requests.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
                owner.keys.append(self.headers["authorization"])
                answer = owner.answers.pop(0) if len(owner.answers) > 1 else owner.answers[0]
                if callable(answer):
                    answer(self)
                    return
                body = answer[1] if isinstance(answer[1], bytes) else json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def end(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def completion(text: Any) -> Any:
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


@pytest.fixture
def endpoint_of_model() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.end()


@pytest.fixture
def ask(endpoint_of_model: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reply]]:
    """Asks the endpoint; without the pauses between attempts."""
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.0)
    opened: list[OpenAIModel] = []

    def reply(*, timeout_s: float = 5.0, key: str = "", url: str = "", heard: Heard | None = None) -> Reply:
        config = ModelConfig("openai", "small", url or endpoint_of_model.url + "/", key, reply_tokens=7)
        opened.append(OpenAIModel(config))
        return opened[-1].reply(PROMPT, timeout_s, heard)

    yield reply
    for model in opened:
        model.close()


def test_the_echo_is_the_same_every_time() -> None:
    model = models.build(Config())
    assert {model.reply(PROMPT, 1) for _ in range(3)} == {Reply("echo: two", "echo", 1, 2)}


def test_the_echo_is_told_word_by_word() -> None:
    heard = Heard()
    models.build(Config()).reply(Prompt("", (), " a\n b  "), 1, heard)
    assert heard.pieces == ["echo:  ", "a\n ", "b  "]


def test_the_configuration_chooses_the_model() -> None:
    assert isinstance(models.single(ModelConfig("openai", "m", "http://m")), OpenAIModel)
    assert isinstance(models.single(ModelConfig("bedrock", "m")), bedrock.BedrockModel)


def test_the_whole_conversation_is_sent_in_order(ask: Any, endpoint_of_model: Endpoint) -> None:
    assert ask().text == "zwei"
    ((path, request),) = endpoint_of_model.requests
    said = [{"role": role, "content": text} for role, text in SAID]
    assert path == "/v1/chat/completions"
    assert request == {
        "model": "small", "max_tokens": 7, "messages": [{"role": "system", "content": "Be brief."}, *said],
    }  # fmt: skip
    assert endpoint_of_model.keys == [None]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(ask: Any, endpoint_of_model: Endpoint, status: int) -> None:
    endpoint_of_model.answers = [(status, {}), (status, {}), (200, completion("zwei"))]
    assert ask().text == "zwei"
    assert len(endpoint_of_model.requests) == 3


def test_it_is_given_up_after_three_attempts(ask: Any, endpoint_of_model: Endpoint) -> None:
    endpoint_of_model.answers = [(503, {"error": "two is a secret"})]
    with pytest.raises(ModelError, match="got HTTP status 503, expected 200") as told:
        ask()
    assert len(endpoint_of_model.requests) == 3
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_does_not_pass_is_not_tried_again(ask: Any, endpoint_of_model: Endpoint, status: int) -> None:
    endpoint_of_model.answers = [(status, {})]
    with pytest.raises(ModelError, match=str(status)):
        ask()
    assert len(endpoint_of_model.requests) == 1


@pytest.mark.parametrize("body", [b"<html>", b"", {}, {"choices": []}, completion(None), completion(" "), b"[" * 99999])
def test_an_answer_without_text_is_an_error_of_one_line(ask: Any, endpoint_of_model: Endpoint, body: Any) -> None:
    endpoint_of_model.answers = [(200, body)]
    with pytest.raises(ModelError, match=r"^model: got [^\n]+$"):
        ask()


def test_a_slow_endpoint_is_given_up_within_the_budget(ask: Any, endpoint_of_model: Endpoint) -> None:
    done = threading.Event()
    endpoint_of_model.answers = [lambda _: done.wait(10)]
    begun = time.monotonic()
    with pytest.raises(ModelError, match="ReadTimeout"):
        ask(timeout_s=0.3)
    assert time.monotonic() - begun < 3
    done.set()


def test_an_endpoint_that_trickles_is_given_up_within_the_budget(ask: Any, endpoint_of_model: Endpoint) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.05)

    endpoint_of_model.answers = [trickle]
    begun = time.monotonic()
    with pytest.raises(ModelError, match="no end"):
        ask(timeout_s=0.4)
    assert time.monotonic() - begun < 3


def stream(*chunks: Any, ending: str = "data: [DONE]\n\n", split: int = 7, status: int = 200) -> Answer:
    """Answers with server-sent events, cut into small parts wherever they happen to be."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-type", "text/event-stream; charset=utf-8")
        handler.end_headers()
        told = "".join(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks) + ending
        body = f": welcome\n\n{told}".encode()
        for start in range(0, len(body), split):
            handler.wfile.write(body[start : start + split])

    return answer


def piece(text: Any, finish: str | None = None) -> Any:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], "usage": None}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
COUNTED = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}


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


def test_nobody_listening_is_told(ask: Any) -> None:
    with pytest.raises(ModelError, match="got ConnectError"):
        ask(url="http://127.0.0.1:1/v1")


def test_the_key_is_read_by_reference_and_again_after_it_was_refused(
    ask: Any, endpoint_of_model: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "key"
    file.write_text("sk-old")
    endpoint_of_model.answers = [(200, completion("a")), (401, {}), (200, completion("b"))]
    assert ask(key=f"file:{file}").text == "a"
    file.write_text("sk-new")
    with pytest.raises(ModelError, match="401") as told:
        ask(key=f"file:{file}")
    assert ask(key=f"file:{file}").text == "b"
    assert endpoint_of_model.keys == ["Bearer sk-old", "Bearer sk-old", "Bearer sk-new"]
    assert "sk-" not in str(told.value) + caplog.text


def test_a_missing_key_asks_nobody(ask: Any, endpoint_of_model: Endpoint) -> None:
    with pytest.raises(secrets.SecretUnavailableError):
        ask(key="file:/absent")
    assert endpoint_of_model.requests == []


def test_the_pauses_stay_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", slept.append)
    monkeypatch.setattr(retry.random, "uniform", lambda low, high: high)

    def fail(left_s: float) -> str:
        raise ModelError("no", passing=True)

    with pytest.raises(ModelError):
        retry.within(10, fail)
    assert slept == [1.0, 2.0]
    slept.clear()
    with pytest.raises(ModelError):
        retry.within(0.9, fail)
    assert slept == []


def test_a_wait_that_was_asked_for_is_kept_or_the_attempt_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", slept.append)

    def busy(left_s: float) -> str:
        raise ModelError("busy", passing=True, wait_s=5)

    with pytest.raises(ModelError):
        retry.within(30, busy, attempts=2)
    assert slept == [5]
    with pytest.raises(ModelError):
        retry.within(4, busy)
    assert slept == [5]
