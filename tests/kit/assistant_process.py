"""The assistant as one process of its own: `python -m assistant serve` on a free port of loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.kit.deployment import ROOT, free_port

STARTING_SECONDS = 60


@contextmanager
def serving(data: Path, environment: Mapping[str, str] | None = None) -> Generator[str]:
    """Its address, until the block ends; then it is told to stop and finishes what is in work."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANT_", "AWS_"))}
    command = [sys.executable, "-m", "assistant", "serve", "--port", str(port), "--data", str(data)]
    with (data.parent / f"{data.name}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**kept, **(environment or {})}, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        assert process.poll() is None, f"the process ended with {process.returncode}"
        try:
            if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} was not ready in {STARTING_SECONDS} s"
        time.sleep(0.05)
