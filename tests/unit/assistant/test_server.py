"""One process: every accepted message is answered once and in order, whatever happens in between."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.config import Config, ConfigError, ModelConfig
from assistant.inference import SORRY
from assistant.messages import Message
from assistant.models import ModelError, Prompt
from assistant.server import opened

ROOT = Path(__file__).parents[3]


class Unsteady:
    """Takes a moment, and fails at times; counts the replies it gave to each message."""

    def __init__(self, failures: float = 0.0) -> None:
        self.replies: list[str] = []
        self._chance, self._failures = random.Random(7), failures
        self._lock = threading.Lock()

    def reply(self, prompt: Prompt, timeout_s: float) -> str:
        with self._lock:
            pause, fails = self._chance.uniform(0, 0.01), self._chance.random() < self._failures
        time.sleep(pause)
        if fails:
            raise ModelError("model: told to fail")
        with self._lock:
            self.replies.append(prompt.text)
        return f"{len(prompt.history)}:{prompt.text}"


def turns(client: Any, conversation: str, after: int = 0) -> list[dict[str, Any]]:
    return client.get("/web/messages", params={"conversation": conversation, "after": after}).json()["turns"]


def post(client: Any, conversation: str, id: str, text: str) -> int:
    message = {"conversation": conversation, "id": id, "text": text}
    return client.post("/web/messages", json=message).status_code


@pytest.mark.parametrize(("copies", "failures"), [(1, 0.0), (2, 0.0), (2, 0.05)])
def test_200_messages_over_20_conversations_are_each_answered_once_and_in_order(
    tmp_path: Path, serving: Any, until: Any, copies: int, failures: float
) -> None:
    model = Unsteady(failures)
    config = Config(max_receives=10, model=ModelConfig(timeout_s=5), history_tokens=100_000)
    with opened(config, tmp_path, model) as parts, serving(parts) as client:

        def converse(number: int) -> None:
            # A person sends the next message when the one before is accepted, and does not wait for the reply.
            for n in range(10):
                for _ in range(copies):
                    assert post(client, f"conversation-{number}", f"message-{n}", f"{number}/{n}") == 202

        with ThreadPoolExecutor(20) as people:
            list(people.map(converse, range(20)))
        until(lambda: parts.queue.depth() == 0, 60)
        for number in range(20):
            said = turns(client, f"conversation-{number}")
            assert [turn["n"] for turn in said] == list(range(1, 11))
            assert [turn["reply"] for turn in said] == [f"{n}:{number}/{n}" for n in range(10)]
    assert sorted(model.replies) == sorted(f"{number}/{n}" for number in range(20) for n in range(10))


def test_a_poison_message_is_told_and_the_conversation_goes_on(
    tmp_path: Path, serving: Any, until: Any, model: Any
) -> None:
    model.poison = "bad"
    with opened(Config(max_receives=2), tmp_path, model) as parts, serving(parts) as client:
        for id, text in (("message-1", "bad"), ("message-2", "good")):
            assert post(client, "conversation-1", id, text) == 202
        until(lambda: parts.queue.depth() == 0)
        assert [turn["reply"] for turn in turns(client, "conversation-1")] == [SORRY, "reply to good"]
        assert [Message.from_body(body).text for body in parts.queue.dead_letters()] == ["bad"]


def test_a_conversation_that_waits_holds_up_no_other(tmp_path: Path, serving: Any, until: Any) -> None:
    release = threading.Event()

    class Blocking:
        def reply(self, prompt: Prompt, timeout_s: float) -> str:
            if prompt.text == "slow":
                release.wait(20)
            return prompt.text

    with opened(Config(), tmp_path, Blocking()) as parts, serving(parts, threads=2) as client:
        post(client, "conversation-1", "message-1", "slow")
        post(client, "conversation-1", "message-2", "behind")
        post(client, "conversation-2", "message-1", "quick")
        until(lambda: turns(client, "conversation-2"))
        assert turns(client, "conversation-1") == []
        release.set()
        until(lambda: len(turns(client, "conversation-1")) == 2)


def test_what_was_accepted_before_the_process_was_killed_is_answered_by_the_next(tmp_path: Path, until: Any) -> None:
    with running(tmp_path, ASSISTANT_MODEL_PROVIDER="openai", ASSISTANT_MODEL_ID="m",
                 ASSISTANT_MODEL_BASE_URL="http://127.0.0.1:1") as (process, url):  # fmt: skip
        with httpx.Client(base_url=url) as client:
            for n in range(5):
                assert post(client, "conversation-1", f"message-{n}", f"text {n}") == 202
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with running(tmp_path) as (_, url), httpx.Client(base_url=url) as client:
        until(lambda: len(turns(client, "conversation-1")) == 5)
        assert [turn["reply"] for turn in turns(client, "conversation-1")] == [f"echo: text {n}" for n in range(5)]


def test_a_stop_finishes_what_is_in_work_and_keeps_the_rest(tmp_path: Path, serving: Any) -> None:
    begun = threading.Event()

    class Slow:
        def reply(self, prompt: Prompt, timeout_s: float) -> str:
            begun.set()
            time.sleep(0.3)
            return "done"

    with opened(Config(), tmp_path, Slow()) as parts:
        with serving(parts, threads=1) as client:
            for n in range(3):
                post(client, "conversation-1", f"message-{n}", "hello")
            assert begun.wait(10)
        answered = len(parts.sessions.turns("default#web#conversation-1", 0))
        assert 1 <= answered < 3
        assert parts.queue.depth() == 3 - answered


def test_the_process_ends_by_itself_when_it_is_told_to(tmp_path: Path) -> None:
    with running(tmp_path) as (process, url):
        assert httpx.get(f"{url}/readyz").json() == {"status": "ready"}
        process.terminate()
        assert process.wait(15) in {0, -signal.SIGTERM}
    assert '"event":"stopped"' in (tmp_path / "log").read_text()


def test_a_locked_file_is_a_503_and_what_is_sent_again_is_answered_once(
    tmp_path: Path, serving: Any, until: Any
) -> None:
    with opened(Config(), tmp_path) as parts, serving(parts) as client:
        parts.queue._database._busy_s = 0.05
        holder = sqlite3.connect(tmp_path / "queue.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        assert post(client, "conversation-1", "message-1", "hello") == 503
        holder.execute("ROLLBACK")
        holder.close()
        assert post(client, "conversation-1", "message-1", "hello") == 202
        until(lambda: turns(client, "conversation-1"))
        assert [turn["reply"] for turn in turns(client, "conversation-1")] == ["echo: hello"]


def test_an_answer_that_got_lost_after_the_message_was_stored_does_not_double_it(
    tmp_path: Path, serving: Any, until: Any
) -> None:
    with opened(Config(), tmp_path) as parts, serving(parts) as client:
        real = parts.queue.send

        def stored_and_then_cut_off(message: Message) -> None:
            real(message)
            raise ConnectionError("the answer got lost")

        parts.queue.send = stored_and_then_cut_off
        assert post(client, "conversation-1", "message-1", "hello") == 503
        parts.queue.send = real
        assert post(client, "conversation-1", "message-1", "hello") == 202
        until(lambda: parts.queue.depth() == 0)
        assert len(turns(client, "conversation-1")) == 1


def test_a_body_without_end_is_cut_off(tmp_path: Path) -> None:
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


def test_pages_and_errors_are_those_of_the_routes(tmp_path: Path, serving: Any) -> None:
    with opened(Config(), tmp_path) as parts, serving(parts) as client:
        page = client.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'sha256-" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.head("/readyz").status_code == 200
        assert client.get("/etc/passwd").status_code == 404
        assert client.delete("/web/messages").headers["allow"] == "GET, POST"
        assert client.post("/web/messages", content=b"\xff").json() == {
            "error": "body: got bytes that are not UTF-8, expected a JSON object"
        }


def test_a_data_directory_belongs_to_one_process(tmp_path: Path) -> None:
    with opened(Config(), tmp_path), pytest.raises(ConfigError, match="which another process uses"):
        opened(Config(), tmp_path).__enter__()


def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"data: got .*/file/data \(Not a directory\)"):
        opened(Config(), tmp_path / "file" / "data").__enter__()


class running:  # noqa: N801
    """`python -m assistant serve` on a free port; the block gets the process and its address."""

    def __init__(self, data: Path, **variables: str) -> None:
        self._log = data / "log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ASSISTANT_")}
        command = [sys.executable, "-m", "assistant", "serve", "--port", "0", "--data", str(data / "data")]
        with self._log.open("w") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, env={**environment, **variables}, stderr=output)

    def __enter__(self) -> tuple[subprocess.Popen[bytes], str]:
        deadline = time.monotonic() + 20
        while '"listening"' not in (said := self._log.read_text()):
            assert self._process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.02)
        return self._process, said.split('"url":"')[1].split('"')[0]

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)
