"""The application as one process: the routes in Starlette, SQLite in a data directory, threads that answer."""

import contextlib
import fcntl
import os
import socket
import threading
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assistant import channels, ingress, log, models, routing
from assistant.config import Config, ConfigError
from assistant.inference import Inference
from assistant.queue.sqlite import SqliteQueue
from assistant.sessions.sqlite import SqliteSessions
from assistant.workers import Workers

DEFAULT_THREADS = 8
GRACE_SECONDS = 20.0
VISIBILITY_MARGIN_SECONDS = 30.0
PURGE_SECONDS = 600.0


@dataclass(frozen=True)
class Parts:
    """The parts on one machine."""

    config: Config
    queue: SqliteQueue
    sessions: SqliteSessions
    model: models.Model

    def close(self) -> None:
        """Closes the files."""
        self.queue.close()
        self.sessions.close()


@contextlib.contextmanager
def opened(config: Config, data: Path, model: models.Model | None = None) -> Generator[Parts]:
    """The parts in a data directory, which belongs to one process at a time. Raises ConfigError when it is taken."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("w")
    except OSError as error:
        raise ConfigError(f"data: got {data} ({error.strerror}), expected a directory that can be written") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"data: got {data}, which another process uses, expected one of its own; stop that process or choose "
                "another directory with --data"
            ) from None
        # A message in work is handed out again only after a crash; the margin keeps a slow reply from coming twice.
        visibility = config.model.timeout_s + VISIBILITY_MARGIN_SECONDS
        queue = SqliteQueue(data / "queue.db", visibility_s=visibility, max_receives=config.max_receives)
        sessions = SqliteSessions(data / "sessions.db", days=config.session_days)
        parts = Parts(config, queue, sessions, model or models.build(config))
        if recovered := queue.recover():
            log.event("recovered", messages=recovered)
        try:
            yield parts
        finally:
            parts.close()


def application(parts: Parts, *, threads: int = DEFAULT_THREADS, grace_s: float = GRACE_SECONDS) -> Starlette:
    """The ASGI application; while it runs, its threads answer messages."""
    table = channels.routes(parts.config.channels)
    limit = ingress.size_limit(parts.config.max_text_chars)

    async def answer(request: Request) -> Response:
        body = await _body(request, limit)
        # Browsers and monitors ask for the head of a page; it is that of GET.
        method = "GET" if request.method == "HEAD" else request.method
        asked = routing.Request(method, request.url.path, request.url.query, body)
        made = await run_in_threadpool(routing.handle, asked, table, parts)
        return Response(made.body, made.status, dict(made.headers))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        workers = Workers(
            parts.queue, Inference(parts.sessions, parts.model, parts.config), threads=threads, wake=parts.queue.stop
        )
        ended = threading.Event()
        cleaner = threading.Thread(target=_purge, args=(parts, ended), name="purge", daemon=True)
        workers.start()
        cleaner.start()
        try:
            yield
        finally:
            ended.set()
            whole = await run_in_threadpool(workers.stop, grace_s)
            await run_in_threadpool(cleaner.join, 5)
            log.event("stopped", in_queue=parts.queue.depth(), in_time=whole)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(routes=[Route("/{path:path}", answer, methods=methods)], lifespan=lifespan)


def serve(config: Config, data: Path, *, host: str, port: int, threads: int) -> None:
    """Runs until SIGTERM or SIGINT; then finishes what is in work. Raises ConfigError."""
    import uvicorn

    with opened(config, data) as parts:
        app = application(parts, threads=threads)
        settings = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=5,
            server_header=False,
        )  # fmt: skip
        with _listen(host, port) as listening:
            log.event(
                "listening", url=f"http://{host}:{listening.getsockname()[1]}", data=str(data), process=os.getpid()
            )
            uvicorn.Server(settings).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(f"port: got {host}:{port} ({reason}), expected a free one; choose with --port") from None


async def _body(request: Request, limit: int) -> bytes:
    """The body, cut off where it is known to be too large: nobody fills the memory."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            return bytes(body[: limit + 1])
    return bytes(body)


def _purge(parts: Any, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            parts.sessions.purge()
        except Exception as error:
            log.failure("purge failed", error)
        ended.wait(PURGE_SECONDS)
