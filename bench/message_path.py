"""What the platform costs a message, without model time: from a signed request until the reply is at the provider.

The server is one process with its data on disk and the echo model; messages come as Telegram updates, replies go to a
provider on loopback. Beside it runs the same handler written as a bare Starlette application: no check, no queue, no
session, nothing durable.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.load import Provider, Run, drive, percentile

RATES = (100, 200, 400, 600, 800, 1000)
LONG_SECONDS, SHORT_SECONDS = 60.0, 10.0
WARM_SECONDS, WARM_NUMBER = 2.0, 10_000_000  # connections and threads are made then, and not counted
KNEE_MS = 50.0
LIMITS_MS = {100: 20.0, 400: 50.0}
CONVERSATIONS = 5000  # more than messages in a second, because a channel takes one per second and conversation
SECRET = "bench-secret"
STAGES = ("verify", "accept", "load", "save", "send")


def measure(folder: Path) -> list[dict[str, object]]:
    """Rows of results."""
    results: list[dict[str, object]] = []
    knee = 0
    for rate in RATES:
        seconds = LONG_SECONDS if rate in LIMITS_MS else SHORT_SECONDS
        run, memory, stages = _ours(folder / f"ours-{rate}", rate, seconds)
        p50, p99 = (1000 * percentile(run.latencies(), share) for share in (0.5, 0.99))
        whole = run.lost == 0 and run.refused == 0 and run.twice == 0
        if whole and p99 < KNEE_MS:
            knee = rate
        if rate in LIMITS_MS:
            bare = _bare(rate, SHORT_SECONDS)
            bare_p99 = 1000 * percentile(bare.latencies(), 0.99)
            results += [
                _row(f"platform overhead at {rate}/s, p99", p99, "ms", LIMITS_MS[rate],
                     f"p50 {p50:.1f} ms; {len(run.due)} messages in {seconds:.0f} s; a bare echo {bare_p99:.1f} ms"),
                _row(f"overhead against a bare echo at {rate}/s, p99", p99 / bare_p99, "x", None, ""),
                _row(f"lost, refused or answered twice at {rate}/s", run.lost + run.refused + run.twice, "", 0, ""),
                _row(f"memory growth at {rate}/s in the second half", memory, "MB", 20, "resident set"),
                *(_row(f"stage {name} at {rate}/s, mean", value, "ms", None, "") for name, value in stages.items()),
            ]  # fmt: skip
        elif p99 >= KNEE_MS or not whole:
            break
    results.append(
        _row("knee: highest rate with p99 < 50 ms", knee, "messages/s", None, f"of {', '.join(map(str, RATES))}")
    )
    return results


def _row(what: str, value: float, unit: str, limit: float | None, detail: str) -> dict[str, object]:
    return {"what": what, "value": round(value, 2), "unit": unit, "limit": limit, "detail": detail}


def _update(number: int) -> tuple[str, bytes]:
    chat = 10_000 + number % CONVERSATIONS
    message = {"message_id": number, "date": int(time.time()), "chat": {"id": chat, "type": "private"},
               "from": {"id": chat, "is_bot": False}, "text": f"m{number}"}  # fmt: skip
    body = json.dumps({"update_id": 1_000 + number, "message": message}).encode()
    head = (
        f"POST /telegram HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"x-telegram-bot-api-secret-token: {SECRET}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return f"m{number}", head.encode() + body


def _ours(folder: Path, rate: float, seconds: float) -> tuple[Run, float, dict[str, float]]:
    folder.mkdir(parents=True)
    (folder / "secret").write_text(SECRET)

    def environment(provider: int) -> dict[str, str]:
        reference = f"file:{folder / 'secret'}"
        return {
            "ASSISTANT_CHANNELS": json.dumps(
                [{"channel": "telegram", "secrets": {"bot_token": reference, "secret_token": reference},
                  "options": {"api_url": f"http://127.0.0.1:{provider}"}}]
            )
        }  # fmt: skip

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "assistant", "serve", "--port", str(port), "--data", str(folder / "data")]

    memory: list[float] = []
    stages: dict[str, float] = {}

    def watch(port: int, process: psutil.Process) -> None:
        memory.append(process.memory_info().rss / 1e6)
        stages.update(_stages(port))

    run = _run(command, environment, "/live", rate, seconds, watch, folder / "log")
    half = memory[len(memory) // 2] if memory else 0.0
    return run, (memory[-1] - half) if memory else 0.0, stages


def _bare(rate: float, seconds: float) -> Run:
    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "uvicorn", "bench.bare_echo:app", "--port", str(port), "--log-level", "error"]

    def environment(provider: int) -> dict[str, str]:
        return {"PROVIDER": f"http://127.0.0.1:{provider}"}

    return _run(command, environment, "/live", rate, seconds, lambda port, process: None, Path(os.devnull))


def _run(
    command: Callable[[int], list[str]], environment: Callable[[int], dict[str, str]], ready: str, rate: float,
    seconds: float, watch: Callable[[int, psutil.Process], None], log: Path,
) -> Run:  # fmt: skip
    import uvloop

    async def main() -> Run:
        run, warm = Run(), Run()
        noted = warm
        loop = asyncio.get_running_loop()
        provider = await loop.create_server(lambda: Provider(lambda: noted), "127.0.0.1", 0)
        with _started(command, environment(provider.sockets[0].getsockname()[1]), ready, log) as (port, process):
            await drive(port, rate, WARM_SECONDS, lambda number: _update(WARM_NUMBER + number), warm)
            noted = run
            watching = asyncio.create_task(_watch(lambda: watch(port, process), seconds))
            await drive(port, rate, seconds, _update, run)
            watching.cancel()
            await asyncio.to_thread(watch, port, process)
        provider.close()
        return run

    return uvloop.run(main())


async def _watch(watch: Callable[[], None], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds / 10)
        await asyncio.to_thread(watch)


@contextmanager
def _started(
    command: Callable[[int], list[str]], environment: dict[str, str], ready: str, log: Path
) -> Generator[tuple[int, psutil.Process]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(command(port), env={**os.environ, **environment}, stdout=output, stderr=output)
        try:
            _wait(f"http://127.0.0.1:{port}{ready}")
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _stages(port: int) -> dict[str, float]:
    """Mean milliseconds of each stage, from the metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found: dict[str, float] = {}
    for stage in STAGES:
        sums = re.search(rf'assistant_stage_seconds_sum{{stage="{stage}"}} (\S+)', text)
        counts = re.search(rf'assistant_stage_seconds_count{{stage="{stage}"}} (\S+)', text)
        if sums and counts and float(counts[1]):
            found[stage] = 1000 * float(sums[1]) / float(counts[1])
    return found
