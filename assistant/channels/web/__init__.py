"""The web channel: a chat page, and the two routes that it and other web clients use."""

import re
from dataclasses import asdict

from assistant import ingress
from assistant.channels import Channel
from assistant.channels.web.page import page
from assistant.messages import conversation_key
from assistant.routing import Request, Response, Route, Services, as_json, error

NAME = "web"
FIELDS = '{"conversation", "id", "text"}'


def receive(request: Request, services: Services) -> Response:
    """POST /web/messages: 202 when the message is stored durably."""
    most = min(services.config.max_text_chars, WEB.max_text_chars)
    try:
        body = ingress.read_object(request.body, ingress.size_limit(most))
        conversation = ingress.identifier("conversation", body.get("conversation"))
        message_id = ingress.identifier("id", body.get("id"))
        text = ingress.message_text(body.get("text"), most)
    except ingress.RejectedError as rejected:
        return error(rejected.status, str(rejected))
    return ingress.accept(NAME, conversation, message_id, text, services)


def read(request: Request, services: Services) -> Response:
    """GET /web/messages?conversation=..&after=n: the turns after number n."""
    after = request.parameter("after") or "0"
    try:
        conversation = ingress.identifier("conversation", request.parameter("conversation"))
        if not re.fullmatch(r"[0-9]{1,11}", after):
            raise ingress.RejectedError("after: got something else, expected the number of a turn, from 0")
    except ingress.RejectedError as rejected:
        return error(rejected.status, str(rejected))
    key = conversation_key(services.config.tenant, NAME, conversation)
    return as_json(200, {"turns": [asdict(turn) for turn in services.sessions.turns(key, int(after))]})


WEB = Channel(
    name=NAME,
    ack_budget_s=29.0,  # an HTTP API closes the request then
    dedup_ttl_s=86_400,
    max_text_chars=20_000,
    routes=(Route("GET", "/", page), Route("POST", "/web/messages", receive), Route("GET", "/web/messages", read)),
)
