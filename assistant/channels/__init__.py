"""Channels: how people reach the assistant. A channel is one module with a row of data, listed here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.config import ConfigError
from assistant.routing import Request, Response, Route, Services, as_json, error


@dataclass(frozen=True)
class Channel:
    """What differs between channels."""

    name: str
    ack_budget_s: float
    """Seconds within which a message must be acknowledged, or the sender gives up."""
    dedup_ttl_s: int
    """Seconds during which the sender may send the same message again."""
    max_text_chars: int
    """Most characters of one message; the deployment may allow fewer."""
    routes: tuple[Route, ...]


def routes(names: Iterable[str]) -> Mapping[tuple[str, str], Route]:
    """The routes of the named channels, and readiness. Raises ConfigError for a channel that does not exist."""
    from assistant.channels.web import WEB

    known = {channel.name: channel for channel in (WEB,)}
    table = {(READY.method, READY.path): READY}
    for name in names:
        if name not in known:
            raise ConfigError(f"ASSISTANT_CHANNELS: got {name[:40]!r}, expected a list of {', '.join(sorted(known))}")
        table |= {(route.method, route.path): route for route in known[name].routes}
    return table


def ready(request: Request, services: Services) -> Response:
    """GET /readyz: 200 when the parts that a message needs are there, else 503 with the reason."""
    try:
        _ = services.queue
        services.sessions.ready()
    except Exception as failed:
        reason = str(failed) if getattr(failed, "safe_to_log", False) else type(failed).__name__
        return as_json(503, {"status": "not ready", "error": reason}, retry_after="2")
    return as_json(200, {"status": "ready"})


READY = Route("GET", "/readyz", ready)
__all__ = ["READY", "Channel", "error", "ready", "routes"]
