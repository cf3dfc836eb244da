"""The models: what is sent, what is tried again, and that neither prompts nor keys are told in errors."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from assistant import models, secrets
from assistant.config import Config, ModelConfig
from assistant.models import ModelError, Prompt, Reply, bedrock, retry
from assistant.models.openai import OpenAIModel
from tests.kit.measuring import Heard
from tests.kit.model_endpoint import PROMPT, Endpoint, asking, completion

SAID = [("user", "one"), ("assistant", "eins"), ("user", "two")]


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
