"""The WebSocket API's function: connections authenticate with their first message and are told replies as they come."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from assistant import log
from assistant.channels.contract import Given, Installation, RefusedError
from assistant.channels.web import access, key, tokens
from assistant.config import Config, ConfigError
from assistant.secrets import SecretUnavailableError
from assistant.sessions import Sessions, SessionsUnavailableError
from assistant.streaming.connections import Connections, management

MOST_CHARS = 8192


class Services(Protocol):
    """What the function works with."""

    @property
    def config(self) -> Config: ...
    @property
    def installations(self) -> Any: ...
    @property
    def sessions(self) -> Sessions: ...
    def given(self, installation: Installation) -> Given: ...


def handle(
    event: Mapping[str, Any], services: Services, *, connections: Connections | None = None, api: Any = None
) -> dict[str, Any]:
    """The answer to an event of $connect, $default or $disconnect. Raises ConfigError.

    The page connects without a token, for addresses end up in logs, and then sends {"token", "after"}. A connection
    that sends anything else is closed; one that sends nothing is told nothing.
    """
    context = event["requestContext"]
    connection, route = str(context["connectionId"]), context["routeKey"]
    if route == "$connect":
        return _connect(event, services)
    if not services.config.records_table:
        raise ConfigError("ASSISTANT_RECORDS_TABLE: got nothing, expected a value: this function needs it")
    readers = connections or Connections(services.config.records_table)
    if route == "$disconnect":
        readers.remove(connection)
        return {"statusCode": 200}
    talk = _Talk(connection, api or management(_endpoint(context, services)))
    try:
        _hear(event, services, readers, talk)
    except RefusedError as refused:
        log.event("refused", level="WARNING", status=refused.status, detail=str(refused), channel="web")
        talk.close(str(refused), refused.status)
        return {"statusCode": refused.status}
    except (SecretUnavailableError, SessionsUnavailableError) as unavailable:
        log.failure("not verified", unavailable)
        talk.close(access.BUSY, 503)
        return {"statusCode": 503}
    return {"statusCode": 200}


def _connect(event: Mapping[str, Any], services: Services) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    name = (event.get("queryStringParameters") or {}).get("installation") or "main"
    try:
        given = services.given(_installation(name, services))
        # Without a list nothing is known to compare with: the page has another host than this API. Another site's
        # page could connect and would be told nothing, because only the token opens a conversation.
        if access.origins(given):
            access.check_origin(headers, given)
    except RefusedError as refused:
        log.event("refused", level="WARNING", status=refused.status, detail=str(refused), channel="web")
        return {"statusCode": refused.status}
    return {"statusCode": 200}


def _hear(event: Mapping[str, Any], services: Services, readers: Connections, talk: "_Talk") -> None:
    said = _read(event)
    if "ping" in said:
        talk.say({"pong": True})
        return
    given = services.given(_installation(str(said.get("installation") or "main"), services))
    claims = tokens.read(key.of(given), str(said.get("token")), given.now())
    where = access.session_key(claims, given.installation)
    readers.add(where, talk.connection)  # before the turns are counted, so that nothing falls between
    talk.say({"ready": True, "n": services.sessions.recent(where, 1).last})


def _read(event: Mapping[str, Any]) -> Mapping[str, Any]:
    body = event.get("body") or ""
    try:
        said = json.loads(body) if len(body) <= MOST_CHARS and not event.get("isBase64Encoded") else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise RefusedError('message: got something else, expected {"token", "after"} or {"ping"}', 400)
    return said


def _installation(name: str, services: Services) -> Installation:
    for installation in services.installations:
        if (installation.channel, installation.name) == ("web", name):
            return installation
    raise RefusedError("installation: got one that is not known, expected that of POST /web/session", 403)


def _endpoint(context: Mapping[str, Any], services: Services) -> str:
    return services.config.stream_endpoint or f"https://{context['domainName']}/{context['stage']}"


class _Talk:
    """One connection. That it has closed meanwhile is no failure."""

    def __init__(self, connection: str, api: Any) -> None:
        self.connection, self._api = connection, api

    def say(self, event: Mapping[str, Any]) -> None:
        try:
            self._api.post_to_connection(ConnectionId=self.connection, Data=json.dumps(event).encode())
        except Exception as failed:
            log.failure("a connection cannot be told", failed)

    def close(self, line: str, status: int) -> None:
        self.say({"error": line, "status": status})
        try:
            self._api.delete_connection(ConnectionId=self.connection)
        except Exception as failed:
            log.failure("a connection cannot be closed", failed)
