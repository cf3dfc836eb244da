"""One process: every accepted message is answered once and in order, whatever happens in between."""

import contextlib
import json
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant import metrics, secrets
from assistant.config import Config, ModelConfig
from assistant.inference import SORRY
from assistant.machine import opened
from assistant.messages import Message
from assistant.models import ModelError, Prompt, Reply
from assistant.queue import QueueUnavailableError
from tests.kit.assistant_parts import Visitor, running
from tests.kit.program import program as programs


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    secrets._cache.clear()


class Unsteady:
    """Takes a moment, and fails at times; keeps the replies it gave."""

    def __init__(self, failures: float = 0.0) -> None:
        self.replies: list[str] = []
        self._chance, self._failures = random.Random(7), failures
        self._lock = threading.Lock()

    def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
        with self._lock:
            pause, fails = self._chance.uniform(0, 0.01), self._chance.random() < self._failures
        time.sleep(pause)
        if fails:
            raise ModelError("model: told to fail")
        with self._lock:
            self.replies.append(prompt.text)
        return Reply(f"{len(prompt.history)}:{prompt.text}")


@pytest.mark.parametrize(("copies", "failures"), [(1, 0.0), (2, 0.0), (2, 0.05)])
def test_200_messages_over_20_conversations_are_each_answered_once_and_in_order(
    tmp_path: Path, serving: Any, until: Any, copies: int, failures: float
) -> None:
    model = Unsteady(failures)
    config = Config(max_receives=10, model=ModelConfig(timeout_s=5), history_tokens=100_000)
    with opened(config, tmp_path, model) as parts, serving(parts) as client:

        def converse(number: int) -> Visitor:
            # A person sends the next message when the one before is accepted, and does not wait for the reply.
            visitor = Visitor(client)
            for n in range(10):
                for _ in range(copies):
                    assert visitor.post(f"message-{n}", f"{number}/{n}").status_code == 202
            return visitor

        with ThreadPoolExecutor(20) as people:
            visitors = list(people.map(converse, range(20)))
        until(lambda: parts.queue.depth() == 0, 60)
        for number, visitor in enumerate(visitors):
            said = visitor.turns()
            assert [turn["n"] for turn in said] == list(range(1, 11))
            assert [turn["reply"] for turn in said] == [f"{n}:{number}/{n}" for n in range(10)]
    assert sorted(model.replies) == sorted(f"{number}/{n}" for number in range(20) for n in range(10))


def test_a_poison_message_is_told_and_the_conversation_goes_on(
    tmp_path: Path, serving: Any, until: Any, model: Any
) -> None:
    model.poison = "bad"
    with opened(Config(max_receives=2), tmp_path, model) as parts, serving(parts) as client:
        visitor = Visitor(client)
        for id, text in (("message-1", "bad"), ("message-2", "good")):
            assert visitor.post(id, text).status_code == 202
        until(lambda: parts.queue.depth() == 0)
        assert visitor.replies(2) == [SORRY, "reply to good"]
        (letter,) = parts.queue.dead_letters()
        assert (Message.from_body(letter.body).text, letter.reason) == ("bad", "ModelError: model: got poison")
        model.poison = "\0"
        assert parts.queue.redrive(10) == 1
        until(lambda: visitor.replies(2) == ["reply to bad", "reply to good"])


def test_a_conversation_that_waits_holds_up_no_other(tmp_path: Path, serving: Any) -> None:
    release = threading.Event()

    class Blocking:
        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            if prompt.text == "slow":
                release.wait(20)
            return Reply(prompt.text)

    with opened(Config(), tmp_path, Blocking()) as parts, serving(parts, threads=2) as client:
        one, other = Visitor(client), Visitor(client)
        one.post("message-1", "slow")
        one.post("message-2", "behind")
        other.post("message-1", "quick")
        assert other.replies(1) == ["quick"]
        assert one.turns() == []
        release.set()
        assert one.replies(2) == ["slow", "behind"]


def test_a_stop_finishes_what_is_in_work_and_keeps_the_rest(tmp_path: Path, serving: Any) -> None:
    begun = threading.Event()

    class Slow:
        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            begun.set()
            time.sleep(0.3)
            return Reply("done")

    with opened(Config(), tmp_path, Slow()) as parts:
        with serving(parts, threads=1) as client:
            visitor = Visitor(client)
            for n in range(3):
                visitor.post(f"message-{n}")
            assert begun.wait(10)
        answered = len(parts.sessions.turns(visitor.key, 0))
        assert 1 <= answered < 3
        assert parts.queue.depth() == 3 - answered


class TestTheProcess:
    """`python -m assistant serve`."""

    def test_what_was_accepted_before_it_was_killed_is_answered_by_the_next(self, tmp_path: Path) -> None:
        away = {"PROVIDER": "openai", "ID": "m", "BASE_URL": "http://127.0.0.1:1"}
        with running(tmp_path, **{f"ASSISTANT_MODEL_{name}": value for name, value in away.items()}) as (process, url):
            with httpx.Client(base_url=url) as client:
                visitor = Visitor(client)
                for n in range(5):
                    assert visitor.post(f"message-{n}", f"text {n}").status_code == 202
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        with running(tmp_path) as (_, url), httpx.Client(base_url=url) as client:
            assert Visitor(client, visitor.begun).replies(5) == [f"echo: text {n}" for n in range(5)]

    def test_a_reply_that_was_being_sent_when_it_was_killed_is_taken_once(self, tmp_path: Path, until: Any) -> None:
        arrived, release = threading.Event(), threading.Event()
        with programs(tmp_path) as program:
            program.during = lambda: (arrived.set(), release.wait(30))
            with running(tmp_path, ASSISTANT_CHANNELS=program.channels) as (process, url):
                with httpx.Client(base_url=url) as client:
                    assert program.post(client, "msg_1").status_code == 202
                assert arrived.wait(20)
                process.send_signal(signal.SIGKILL)
                process.wait(10)
            release.set()
            with running(tmp_path, ASSISTANT_CHANNELS=program.channels) as (_, url):
                until(lambda: program.receiver.calls == 2, 20)
                with httpx.Client(base_url=url) as client:
                    program.post(client, "msg_1")
                    program.post(client, "msg_2", "next")
                until(lambda: len(program.replies) == 2, 20)
            assert program.replies == [("msg_1", "echo: hello"), ("msg_2", "echo: next")]

    def test_it_ends_by_itself_when_it_is_told_to_and_its_streams_end_whole(self, tmp_path: Path) -> None:
        with running(tmp_path) as (process, url), httpx.Client(base_url=url, timeout=30) as client:
            assert client.get("/readyz").json()["status"] == "ready"
            assert client.get("/metrics").text.count("assistant_queue_depth 0.0") == 1
            with client.stream("GET", "/web/events", headers=Visitor(client).headers) as stream:
                lines = stream.iter_lines()
                assert next(lines).startswith("retry:")
                process.terminate()
                assert not [line for line in lines if line]  # to its end: one that is cut off is an error here
            assert process.wait(15) in {0, -signal.SIGTERM}
        assert '"event":"stopped"' in (tmp_path / "log").read_text()

    def test_a_body_without_end_is_cut_off(self, tmp_path: Path) -> None:
        sent = 0

        def endless() -> Iterator[bytes]:
            nonlocal sent
            for _ in range(200):
                sent += 65536
                yield b" " * 65536

        # The server may have answered and closed before all was sent.
        with running(tmp_path) as (_, url), contextlib.suppress(httpx.WriteError):
            assert httpx.post(f"{url}/web/messages", content=endless()).status_code == 413
        assert sent > 65536


def test_a_locked_file_is_a_503_and_what_is_sent_again_is_answered_once(tmp_path: Path, serving: Any) -> None:
    with opened(Config(), tmp_path) as parts, serving(parts) as client:
        visitor = Visitor(client)
        parts.database.write(lambda connection: connection.execute("PRAGMA busy_timeout=50"))
        holder = sqlite3.connect(tmp_path / "assistant.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        assert visitor.post("message-1").status_code == 503
        assert client.get("/ready").json()["checks"]["queue"].startswith("not ready: queue: ")
        holder.execute("ROLLBACK")
        holder.close()
        assert client.get("/ready").status_code == 200
        assert visitor.post("message-1").status_code == 202
        assert visitor.replies(1) == ["echo: hello"]


def test_an_answer_that_got_lost_after_the_message_was_stored_does_not_double_it(
    tmp_path: Path, serving: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(Config(), tmp_path) as parts, serving(parts) as client:
        visitor, real = Visitor(client), parts.intake.accept

        def stored_and_then_cut_off(message: Message, ttl: float) -> bool:
            real(message, ttl)
            raise QueueUnavailableError("the answer got lost")

        with monkeypatch.context() as broken:
            broken.setattr(parts.intake, "accept", stored_and_then_cut_off)
            assert visitor.post("message-1").status_code == 503
        assert visitor.post("message-1").status_code == 202
        until(lambda: parts.queue.depth() == 0)
        assert visitor.replies(1) == ["echo: hello"]


def test_pages_metrics_and_errors_are_those_of_the_routes(tmp_path: Path, serving: Any) -> None:
    metrics.use_prometheus()
    with opened(Config(), tmp_path) as parts, serving(parts) as client:
        page = client.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'sha256-" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert client.head("/readyz").status_code == 200
        assert client.get("/etc/passwd").json()["error"].startswith("path: got one that is not known, expected /, ")
        assert client.delete("/web/messages").headers["allow"] == "GET, POST"
        headers = {**Visitor(client).headers, "content-type": "application/json"}
        refused = client.post("/web/messages", content=b"\xff", headers=headers)
        assert json.loads(refused.text) == {"error": "body: got something that is not JSON, expected an object"}
        assert 'assistant_messages_refused_total{channel="web",reason="400"} 1.0' in client.get("/metrics").text
    metrics.use_none()
