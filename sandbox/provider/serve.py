"""Runs a stand-in as a process: one line with the port on stdout, and an end when its parent ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.provider.protocol import Provider
from sandbox.provider.servicer import ProviderServicer

WORKERS = 32  # the engine asks for as many resources at once as the graph allows
GRACE_SECONDS = 30.0  # for calls that are going on: an interrupt reaches this process and the engine at once
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def start(make: Callable[[], Provider], port: int = 0) -> tuple[grpc.Server, int]:
    """A server on 127.0.0.1 and its port (`port` 0 = a free one). OSError when the port is taken."""
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=[*_UNLIMITED, ("grpc.so_reuseport", 0)])
    servicer: Any = ProviderServicer(make)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as problem:
        raise OSError(f"port {port}: not free; choose another or 0 for any free one") from problem
    server.start()
    return server, bound


def serve(make: Callable[[], Provider], port: int = 0) -> int:
    """Serves until stdin ends or SIGTERM or SIGINT comes, and then ends what has begun; returns the exit code."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        server, bound = start(make, port)
    except OSError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(bound, flush=True)
    threading.Thread(target=_watch_stdin, args=(done,), daemon=True).start()
    done.wait()
    server.stop(GRACE_SECONDS).wait()
    return 0


def _watch_stdin(done: threading.Event) -> None:
    """The parent holds the other end of stdin: when it ends, however it ends, so does this process."""
    # Not through sys.stdin: a thread that waits there holds its lock, and the interpreter cannot end in peace.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    done.set()
