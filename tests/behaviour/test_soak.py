"""Ten thousand messages while the model fails, senders repeat themselves and the process is killed again and again."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.assistant_parts import wait_for
from tests.kit.soak.neighbours import Neighbours, neighbours
from tests.kit.soak.writers import SECRET, Plan, write

pytestmark = [pytest.mark.behaviour, pytest.mark.timeout(900)]

SEED = int(os.environ.get("SOAK_SEED", "20260101"))
PLAN = Plan(conversations=200, messages=50, repeats=0.1, seed=SEED)
KILLS = 8
MODEL_FAILURES, RECEIVER_FAILURES = 0.03, 0.01


class Process:
    """The assistant as a process that is killed and started again on the same data."""

    def __init__(self, folder: Path, other: Neighbours) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._folder, self._stopping = folder, threading.Event()
        (folder / "secret").write_text(f"whsec_{SECRET}")
        webhook = {
            "channel": "webhook",
            "secrets": {"signing_secret": f"file:{folder / 'secret'}"},
            "options": {
                "conversation_path": "conversation", "text_path": "text", "user_path": "user",
                "reply_url": f"{other.url}/replies", "allow_private": "true",
            },
        }  # fmt: skip
        self._environment = {
            **os.environ, "ASSISTANT_CHANNELS": json.dumps([webhook]), "ASSISTANT_MODEL_PROVIDER": "openai",
            "ASSISTANT_MODEL_ID": "soak", "ASSISTANT_MODEL_BASE_URL": f"{other.url}/v1",
        }  # fmt: skip
        self.kills = 0
        self._start()

    def _start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "assistant", "serve", "--port", str(self.port), "--threads", "24",
                 "--data", str(self._folder / "data")],
                env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    def kill_now_and_then(self, chance: random.Random) -> None:
        """Kills and starts again until it has done so `KILLS` times, or is told to stop."""
        while self.kills < KILLS and not self._stopping.wait(chance.uniform(2.0, 5.0)):
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self.kills += 1
            self._start()

    def end(self) -> None:
        """Ends the process."""
        self._stopping.set()
        self._process.terminate()
        self._process.wait(60)


@contextmanager
def killed_now_and_then(process: Process) -> Generator[None]:
    """Kills go on in the background while the block runs."""
    thread = threading.Thread(target=process.kill_now_and_then, args=(random.Random(SEED),))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def exported(data: Path) -> dict[str, list[dict[str, str]]]:
    """The turns of each conversation, as the export has them."""
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "sessions", "export", "--data", str(data)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    turns: dict[str, list[dict[str, str]]] = {}
    for line in done.stdout.splitlines():
        turn = json.loads(line)
        if "reply" in turn:
            turns.setdefault(turn["conversation"], []).append(turn)
    return turns


def test_no_message_is_lost_or_answered_twice_and_order_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with neighbours(SEED, model_failures=MODEL_FAILURES, receiver_failures=RECEIVER_FAILURES) as other:
        process = Process(tmp_path, other)
        started = time.monotonic()
        try:
            with killed_now_and_then(process):
                requests = asyncio.run(write(f"http://127.0.0.1:{process.port}", PLAN))

            def first_of_each(replies: list[tuple[str, str]]) -> list[str]:
                return list(dict(replies).values())  # a part sent again carries the same key: the receiver drops it

            def complete() -> bool:
                with other.lock:
                    done = sum(len(dict(replies)) for replies in other.replies.values())
                return done >= PLAN.conversations * PLAN.messages

            wait_for(complete, 240)
        finally:
            process.end()
        seconds = time.monotonic() - started
        with capsys.disabled():
            print(
                f"\nsoak: seed {SEED}, {PLAN.conversations * PLAN.messages} messages in {requests} requests over "
                f"{PLAN.conversations} conversations, {process.kills} kills, {other.asked} model calls, {seconds:.0f} s"
            )
        stored = exported(tmp_path / "data")
        for number in range(PLAN.conversations):
            texts = PLAN.texts(number)
            assert [turn["text"] for turn in stored[f"c{number}"]] == texts
            assert not any(turn["error"] for turn in stored[f"c{number}"])
            assert first_of_each(other.replies[f"c{number}"]) == [f"answer to {text}" for text in texts]
        assert process.kills == KILLS
