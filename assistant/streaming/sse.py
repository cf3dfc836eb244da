"""GET /web/events: replies as server-sent events, for pages of the process that makes them."""

import json
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from assistant import log
from assistant.channels.contract import Given, RefusedError
from assistant.channels.web import SHOWN, access
from assistant.channels.web.tokens import Claims
from assistant.routing import RETRY_AFTER_SECONDS, SECURITY_HEADERS
from assistant.secrets import SecretUnavailableError
from assistant.sessions import Sessions, Turn
from assistant.streaming.broker import Broker, EndedError, FullError

PING_SECONDS = 15.0
RETRY_MS = 1000


class Parts(Protocol):
    """What the endpoint takes from the process."""

    @property
    def broker(self) -> Broker: ...
    @property
    def sessions(self) -> Sessions: ...


async def events(request: Request, parts: Parts, given: Given) -> Response:
    """The stream of the token's conversation: the turns after `Last-Event-ID`, then what comes.

    It ends when the token does. 401 for another token, 403 for another origin, 503 when too many read along.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        said = await run_in_threadpool(_admitted, headers, given)
    except RefusedError as refused:
        log.event("refused", level="WARNING", status=refused.status, detail=str(refused), channel="web")
        return _error(refused.status, str(refused))
    except SecretUnavailableError as unavailable:
        log.failure("not verified", unavailable)
        return _error(503, access.BUSY)
    known = headers.get("last-event-id") or request.query_params.get("after", "")
    after = int(known) if known.isascii() and known.isdigit() and len(known) < 12 else 0
    told = stream(
        parts.broker, parts.sessions, access.session_key(said, given.installation), after,
        seconds=said.expires - given.now(),
    )  # fmt: skip
    try:
        first = await anext(told)  # takes the place among the readers, or finds that there is none
    except FullError:
        return _error(503, "as many streams are open as there may be; read GET /web/messages")
    return StreamingResponse(_after(first, told), headers=SECURITY_HEADERS, media_type="text/event-stream")


async def stream(
    broker: Broker, sessions: Sessions, key: str, after: int, *, seconds: float, ping_s: float = PING_SECONDS
) -> AsyncGenerator[str]:
    """Lines of text/event-stream for `seconds` seconds: stored turns after number `after`, then events as they come.

    Every stored turn has its number as `id:`, so that a reader that comes again misses none. Raises FullError.
    """
    ends = time.monotonic() + seconds
    with broker.subscribe(key) as subscription:  # before the turns are read, so that nothing falls between
        yield f"retry: {RETRY_MS}\n\n"
        while turns := await run_in_threadpool(sessions.turns, key, after):
            for turn in turns:
                after = turn.n
                yield _stored(turn)
        while (left := ends - time.monotonic()) > 0:
            try:
                event = await subscription.next(min(ping_s, left))
            except EndedError:
                return
            if event is None:
                yield ": ping\n\n"  # proxies close what is silent
                continue
            if "done" in event:
                for turn in await run_in_threadpool(_answers, sessions, key, str(event["id"]), after):
                    after = max(after, turn.n)
                    yield _stored(turn)
            yield _line(event)


def _answers(sessions: Sessions, key: str, message_id: str, after: int) -> list[Turn]:
    """The turns after number `after`, and that of the message when it took the place of an earlier one."""
    turns, seen = sessions.turns(key, after), sessions.seen(key, message_id)
    if seen and seen.n <= after:
        return sessions.turns(key, seen.n - 1)[:1] + turns
    return turns


async def _after(first: str, rest: AsyncGenerator[str]) -> AsyncGenerator[str]:
    try:
        yield first
        async for line in rest:
            yield line
    finally:
        await rest.aclose()


def _admitted(headers: Mapping[str, str], given: Given) -> Claims:
    access.check_origin(headers, given)
    return access.claims(headers, given)


def _stored(turn: Turn) -> str:
    return f"id: {turn.n}\n{_line({'turn': {name: getattr(turn, name) for name in SHOWN}})}"


def _line(event: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"  # JSON has no line breaks of its own


def _error(status: int, line: str) -> Response:
    later = {"retry-after": str(RETRY_AFTER_SECONDS)} if status == 503 else {}
    return JSONResponse({"error": line}, status, {**SECURITY_HEADERS, **later})
