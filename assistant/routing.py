"""HTTP without a server: requests, responses, and the routes of the channels. Functions and server share it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

from assistant import log
from assistant.config import Config

if TYPE_CHECKING:
    from assistant.channels.contract import Given, Installation
    from assistant.intake import Intake
    from assistant.sessions import Sessions

RETRY_AFTER_SECONDS = 2
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class Request:
    """One request. `path` is without the prefix under which the application is mounted."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names in lower case."""

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        try:
            return parse_qs(self.query, keep_blank_values=True, max_num_fields=20).get(name, [None])[0]
        except ValueError:
            return None


@dataclass(frozen=True)
class Response:
    """One response; header names in lower case."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Services(Protocol):
    """What the routes need. Made when first used, so that a page is served without connecting to anything."""

    @property
    def config(self) -> Config: ...
    @property
    def installations(self) -> "Sequence[Installation]": ...
    @property
    def intake(self) -> "Intake": ...
    @property
    def sessions(self) -> "Sessions": ...
    @property
    def sends(self) -> bool:
        """Whether the same process sends replies, and so works with the secrets for it."""
        ...

    def given(self, installation: "Installation") -> "Given": ...


@dataclass(frozen=True)
class Route:
    """A method and a path, and what answers them."""

    method: str
    path: str
    handler: Callable[[Request, Services], Response]


def as_json(status: int, content: Any, **headers: str) -> Response:
    """A JSON response."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, json.dumps(content, ensure_ascii=False), {"content-type": "application/json", **named})


def error(status: int, line: str) -> Response:
    """`{"error": line}`; with Retry-After when the request may be sent again."""
    return as_json(status, {"error": line}, **({"retry_after": str(RETRY_AFTER_SECONDS)} if status == 503 else {}))


def handle(request: Request, routes: Mapping[tuple[str, str], Route], services: Services) -> Response:
    """The response to a request. Never raises: what fails unforeseen is a 503, so that the client sends it again."""
    route = routes.get((request.method, request.path))
    if route is None:
        allowed = sorted(method for method, path in routes if path == request.path)
        if allowed:
            refused = error(405, f"method: got {request.method[:20]}, expected {' or '.join(allowed)}")
            return _secured(Response(refused.status, refused.body, {**refused.headers, "allow": ", ".join(allowed)}))
        known = ", ".join(sorted({path for _, path in routes}))
        return _secured(error(404, f"path: got one that is not known, expected {known}"))
    try:
        return _secured(route.handler(request, services))
    except Exception as failed:
        log.failure("request failed", failed, method=route.method, path=route.path)
        return _secured(error(503, "the assistant is not available for a moment, please send it again"))


def _secured(response: Response) -> Response:
    return Response(response.status, response.body, {**SECURITY_HEADERS, **response.headers})
