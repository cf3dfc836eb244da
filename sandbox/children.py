"""The processes that the language host starts: programs, policy packs, component plugins, installations."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

STOP_SECONDS = 3  # how long a process may take to end when asked


class Children:
    """What is running. Processes end with the host: nobody else would end them."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], directory: str, *, piped: bool = False
    ) -> subprocess.Popen[bytes]:
        """Starts a process; `piped` gives its output to `chunks`, otherwise it writes where the host does."""
        stream = subprocess.PIPE if piped else None
        child = subprocess.Popen(
            command, env=dict(environment), cwd=directory, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
        self._running.add(child)
        return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Its exit code, once it has ended; negative for the signal that ended it."""
        try:
            return child.wait()
        finally:
            self._running.discard(child)

    def stop(self) -> None:
        """Asks all to end, and kills those that do not within three seconds."""
        children = list(self._running)
        for child in children:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


def chunks(child: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """Output of a piped child as it comes: ("stdout" | "stderr", bytes)."""
    pieces: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def pump(name: str, stream: IO[bytes]) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                pieces.put((name, chunk))
        pieces.put((name, b""))

    streams = {"stdout": child.stdout, "stderr": child.stderr}
    for name, stream in streams.items():
        assert stream is not None  # both were asked for as pipes
        threading.Thread(target=pump, args=(name, stream), daemon=True).start()
    open_streams = len(streams)
    while open_streams:
        name, chunk = pieces.get()
        if chunk:
            yield name, chunk
        else:
            open_streams -= 1
