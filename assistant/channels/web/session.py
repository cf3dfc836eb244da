"""Begins and continues conversations on the web: a short token, and a long one to get the next short one with."""

import secrets
from typing import Any

from assistant.channels import verify
from assistant.channels.contract import Given, RefusedError
from assistant.channels.web import access, key, tokens
from assistant.routing import Request, Response, Services, as_json
from assistant.sessions import DAY_SECONDS

BODY_BYTES = 4096


@access.guarded
def session(request: Request, services: Services, given: Given) -> Response:
    """POST /web/session: `{}` begins a conversation, `{"refresh": token}` continues it.

    200 {"token", "expires_in", "refresh", "conversation", "stream"}; 401 for a refresh token that no longer holds.
    """
    if len(request.body) > BODY_BYTES:
        raise RefusedError(f"body: got more than {BODY_BYTES} bytes, expected at most {BODY_BYTES}", 413)
    access.check_origin(request.headers, given)
    body = verify.read_object(request.body or b"{}")
    signing, now = key.of(given), given.now()
    if "refresh" in body:
        if not isinstance(body["refresh"], str):
            raise RefusedError(f"refresh: got {type(body['refresh']).__name__}, expected a token", 400)
        known = tokens.read(signing, body["refresh"], now, audience=tokens.REFRESH)
        cid, sub = known.cid, known.sub
    else:
        access.check_open(given)
        cid = sub = secrets.token_hex(16)  # nobody else comes upon 128 random bits
    long = services.config.session_days * DAY_SECONDS  # as long as the conversation's turns are kept
    return as_json(
        200,
        {
            "token": tokens.issue(signing, cid, sub, now),
            "expires_in": tokens.SHORT_SECONDS,
            "refresh": tokens.issue(signing, cid, sub, now, audience=tokens.REFRESH, life_s=long),
            "conversation": cid,
            "stream": stream(services, given),
        },
    )


def stream(services: Services, given: Given) -> dict[str, Any] | None:
    """Where replies can be read as they come; None: nowhere. A relative address counts from that of the session."""
    if url := services.config.stream_url:
        name = given.installation.name
        return {"kind": "websocket", "url": url if name == "main" else f"{url}?installation={name}"}
    # Only one process has its replies at hand; functions without a WebSocket API have no place for it.
    return {"kind": "sse", "url": "events"} if getattr(services, "broker", None) is not None else None
