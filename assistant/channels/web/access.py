"""Who may do what on the web: the page's origin, and the token that names the conversation."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from assistant import log
from assistant.channels.contract import Given, Installation, RefusedError
from assistant.channels.web import key, tokens
from assistant.channels.web.tokens import Claims
from assistant.messages import conversation_key, part_of_key
from assistant.routing import Request, Response, Services, error
from assistant.secrets import SecretUnavailableError

Handler = Callable[[Request, Services, Given], Response]
BUSY = "the token could not be checked for a moment, please send it again"


def origins(given: Given) -> tuple[str, ...]:
    """The origins that are allowed, such as https://chat.example; none: the origin of the request's own host."""
    return tuple(name.strip() for name in given.option("origins").split(",") if name.strip())


def check_origin(headers: Mapping[str, str], given: Given) -> None:
    """Raises RefusedError (403) for a page of another origin.

    A request without an origin passes: it is no other site's page, for browsers send it along. Nor could it use what
    a browser keeps, because a token is never sent by itself as a cookie would be.
    """
    if (origin := headers.get("origin")) is None:
        return
    if allowed := origins(given):
        if origin in allowed:
            return
    elif origin.startswith(("https://", "http://")):
        host = headers.get("host", "").lower()
        if host and _host(origin) == host:
            return
    raise RefusedError("origin: got one that is not allowed, expected the page's own or one of `origins`", 403)


def check_open(given: Given) -> None:
    """Raises RefusedError (403) unless anybody may begin a conversation."""
    if given.option("access", "anonymous") != "anonymous":
        raise RefusedError("access: got a visitor without a token, expected one: it is not open to everybody", 403)


def claims(headers: Mapping[str, str], given: Given) -> Claims:
    """What the request's bearer token says. Raises RefusedError (401) and SecretUnavailableError."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RefusedError("authorization: got no token, expected `Bearer` and one of POST /web/session")
    return tokens.read(key.of(given), token.strip(), given.now())


def session_key(said: Claims, installation: Installation) -> str:
    """The key of the token's conversation in the session store."""
    return conversation_key(installation.tenant, installation.channel, part_of_key(said.cid), installation.name)


def guarded(handler: Handler) -> Handler:
    """The handler, whose refusals are answered and logged."""

    def answered(request: Request, services: Services, given: Given) -> Response:
        installation = given.installation
        with log.bound(tenant=installation.tenant, channel=installation.channel, installation=installation.name):
            try:
                return handler(request, services, given)
            except RefusedError as refused:
                log.event("refused", level="WARNING", status=refused.status, detail=str(refused))
                return error(refused.status, str(refused))
            except SecretUnavailableError as unavailable:
                log.failure("not verified", unavailable)
                return error(503, BUSY)

    return answered


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
