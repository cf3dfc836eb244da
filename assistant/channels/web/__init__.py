"""The web channel: a chat page, and the routes that it and other web clients use."""

import re
from collections.abc import Mapping, Sequence

from assistant.channels import verify
from assistant.channels.contract import Given, Incoming, Part, RefusedError, Rules, SendError
from assistant.channels.web import access
from assistant.channels.web.page import page
from assistant.channels.web.session import session
from assistant.messages import ID_EXPECTED, ID_PATTERN
from assistant.routing import Request, Response, Services, as_json

RULES = Rules(
    name="web",
    ack_budget_s=29.0,  # an HTTP API closes the request then
    retry_ladder_s=(),  # pages send again when their person asks them to
    dedup_ttl_s=86_400,
    reply_limit=60_000,  # as long as a stored reply may be
    optional_secrets=("token_key",),
    receiving=("token_key",),
    optional_options=("access", "origins"),
    reads_errors=True,
    registration="none",
)
SHOWN = ("n", "id", "text", "reply", "error", "at")


class Web:
    """See `Channel`. A conversation is what its token names. Replies are read, not sent."""

    rules = RULES
    routes = (("POST", "/messages"),)

    def receive(self, request: Request, given: Given) -> Incoming:
        """See `Channel`. `{"id", "text"}`; the same id when the message is sent again."""
        access.check_origin(request.headers, given)
        said = access.claims(request.headers, given)
        body = verify.read_object(request.body)
        message_id, text = body.get("id"), body.get("text")
        if not isinstance(message_id, str) or not ID_PATTERN.fullmatch(message_id):
            raise RefusedError(f"id: got {_kind(message_id)}, expected {ID_EXPECTED}", 400)
        if not isinstance(text, str) or not text.strip():
            raise RefusedError(f"text: got {_kind(text)}, expected text that is not blank", 400)
        ack = as_json(202, {"id": message_id, "status": "accepted"})
        return Incoming(message_id, said.cid, said.sub, text, {}, ack)

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`. The page reads Markdown."""
        return [reply]

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. There is nobody to call: messages carry no address."""
        raise SendError("web: got a reply to send, expected it to be read from GET /web/messages")

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. The page shows it by itself."""


@access.guarded
def read(request: Request, services: Services, given: Given) -> Response:
    """GET /web/messages?after=n: the turns of the token's conversation after number n."""
    access.check_origin(request.headers, given)
    said = access.claims(request.headers, given)
    after = request.parameter("after") or "0"
    if not re.fullmatch(r"[0-9]{1,11}", after):
        raise RefusedError("after: got something else, expected the number of a turn, from 0", 400)
    turns = services.sessions.turns(access.session_key(said, given.installation), int(after))
    return as_json(200, {"turns": [{name: getattr(turn, name) for name in SHOWN} for turn in turns]})


def _kind(value: object) -> str:
    return "something else" if isinstance(value, str) else type(value).__name__


CHANNEL = Web()
EXTRA_ROUTES = (("GET", "/", page), ("POST", "/session", session), ("GET", "/messages", read))
"""What is not a message: (method, path below the installation's, handler)."""
