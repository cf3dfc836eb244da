"""The application as one process: the routes in Starlette, one SQLite file in a data directory, threads that answer."""

import contextlib
import importlib
import os
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assistant import channels, ingress, log, metrics, routing, wiring
from assistant.config import Config, ConfigError
from assistant.deliveries import Deliveries
from assistant.inference import Inference
from assistant.machine import Parts, opened
from assistant.messages import Message
from assistant.notice import Notice
from assistant.replies import StoredReply
from assistant.streaming import sse
from assistant.workers import Workers

DEFAULT_THREADS = 8
GRACE_SECONDS = 20.0
PURGE_SECONDS = 600.0
EVENTS_BELOW = "/events"  # of a web installation


def application(parts: Parts, *, threads: int = DEFAULT_THREADS, grace_s: float = GRACE_SECONDS) -> Starlette:
    """The ASGI application; while it runs, its threads answer messages and send replies."""
    table = wiring.routes(parts)
    limit = ingress.size_limit(parts.config.max_text_chars)

    async def answer(request: Request) -> Response:
        body = await _body(request, limit)
        # Browsers and monitors ask for the head of a page; it is that of GET.
        method = "GET" if request.method == "HEAD" else request.method
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = routing.Request(method, request.url.path, request.url.query, body, headers)
        made = await run_in_threadpool(routing.handle, asked, table, parts)
        return Response(made.body, made.status, dict(made.headers))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        running = _Running(parts, threads)
        running.start()
        try:
            yield
        finally:
            whole = await run_in_threadpool(running.stop, grace_s)
            log.event("stopped", in_queue=parts.queue.depth(), in_time=whole)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    own = [Route("/metrics", _metrics(parts), methods=["GET"]), *_events(parts)]
    return Starlette(routes=[*own, Route("/{path:path}", answer, methods=methods)], lifespan=lifespan)


class _Running:
    """The threads of one process."""

    def __init__(self, parts: Parts, threads: int) -> None:
        self._parts = parts
        self._deliveries = Deliveries(parts.outbox, parts.sender, threads=2 * threads)
        inference = Inference(
            parts.sessions, parts.answering, parts.config, forward=self._forward, publisher=parts.broker,
            working=Notice(parts.book.of),
        )  # fmt: skip
        self._workers = Workers(parts.queue, inference, threads=threads, wake=parts.queue.stop)
        self._ended = threading.Event()
        self._cleaner = threading.Thread(target=self._purge, name="purge", daemon=True)

    def start(self) -> None:
        _warm(self._parts)
        self._deliveries.start()
        self._workers.start()
        self._cleaner.start()

    def stop(self, grace_s: float) -> bool:
        self._ended.set()
        whole = self._workers.stop(grace_s)
        whole = self._deliveries.stop(grace_s) and whole
        self._cleaner.join(5)
        return whole

    def _forward(self, message: Message, error: bool) -> None:
        self._deliveries.add(StoredReply.of(message, error))

    def _purge(self) -> None:
        while not self._ended.is_set():
            try:
                self._parts.purge()
            except Exception as error:
                log.failure("purge failed", error)
            self._ended.wait(PURGE_SECONDS)


def _warm(parts: Parts) -> None:
    """Imports what the first message would have to wait for."""
    for installation in parts.installations:
        channels.load(installation.channel).render("ready")
        if channels.pushes(installation):
            importlib.import_module("httpx")


def _metrics(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    def measured() -> tuple[bytes, str]:
        metrics.gauge("assistant_queue_depth", parts.queue.depth())
        metrics.gauge("assistant_dead_letters", parts.queue.dead_depth())
        return metrics.exposition()

    async def exposed(request: Request) -> Response:
        body, kind = await run_in_threadpool(measured)
        return Response(body, media_type=kind)

    return exposed


def _events(parts: Parts) -> list[Route]:
    """Where pages read replies as they come."""
    made: list[Route] = []
    for installation in parts.installations:
        if installation.channel == "web":
            given = parts.given(installation)

            async def stream(request: Request, given: Any = given) -> Response:
                return await sse.events(request, parts, given)

            made.append(Route(installation.path + EVENTS_BELOW, stream, methods=["GET"]))
    return made


def serve(config: Config, data: Path, *, host: str, port: int, threads: int) -> None:
    """Runs until SIGTERM or SIGINT; then finishes what is in work. Raises ConfigError."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            parts.broker.disconnect()  # streams have no end of their own, and pages come again
            await super().shutdown(sockets)

    metrics.use_prometheus()
    with opened(config, data) as parts:
        app = application(parts, threads=threads)
        settings = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=5, server_header=False, backlog=2048
        )
        with _listen(host, port) as listening:
            log.event(
                "listening", url=f"http://{host}:{listening.getsockname()[1]}", data=str(data), process=os.getpid()
            )
            Server(settings).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
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
