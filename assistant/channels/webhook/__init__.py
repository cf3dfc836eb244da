"""The generic webhook channel: any program that signs as Standard Webhooks says, and takes replies the same way."""

from collections.abc import Mapping, Sequence

from assistant.channels import verify
from assistant.channels.contract import Answered, Given, Incoming, Part, RefusedError, Rules
from assistant.channels.webhook import posting, reading, signing
from assistant.routing import Request, as_json

DIALECT = "markdown"

RULES = Rules(
    name="webhook",
    ack_budget_s=15.0,
    retry_ladder_s=(5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000),  # the example of Standard Webhooks
    dedup_ttl_s=259_200,  # the ladder takes 185,705 s
    past_s=300,
    future_s=300,
    reply_limit=20_000,  # ours: a program has no use for small parts
    reply_unit="characters",
    replies_per_s=10.0,
    resend_unclear=True,  # by webhook-id, which stays the same
    secrets=("signing_secret",),
    receiving=("signing_secret",),
    optional_options=("conversation_path", "text_path", "user_path", "reply_url", "allow_private"),
    reads_errors=True,
    registration="manual",
)


class Webhook:
    """See `Channel`. A conversation is what `conversation_path` points at; without it, each message is its own.

    Options: `conversation_path`, `text_path` (default `text`) and `user_path` point into the body, with dots between
    names and places in lists (`data.items.0.id`). `reply_url` (https) takes the replies; `allow_private` (`true`)
    lets it be an address within a private network, and plain http.
    """

    rules = RULES
    routes = (("POST", ""),)

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """See `Channel`. Several secrets, with blanks between, are all taken: that is how one replaces another."""
        headers = request.headers
        sent = signing.Signed(
            verify.required(headers, signing.ID_HEADER),
            verify.required(headers, signing.TIMESTAMP_HEADER),
            request.body,
        )
        signatures = verify.required(headers, signing.SIGNATURE_HEADER)
        at = verify.timestamp(sent.timestamp, signing.TIMESTAMP_HEADER)
        if not signing.ID.fullmatch(sent.id):
            raise RefusedError(f"{signing.ID_HEADER}: got something else, expected up to 256 characters without dots")
        if not signing.matches(sent, signatures, given.secret("signing_secret")):
            raise RefusedError(f"{signing.SIGNATURE_HEADER}: got none that fits, expected the signature of a secret")
        verify.fresh(at, given.now(), RULES)
        read = reading.message(verify.read_object(request.body), sent.id, given)
        address = {"message": sent.id, "conversation": read.conversation, "user": read.user}
        ack = as_json(202, {"id": sent.id, "status": "accepted"})
        return Incoming(sent.id, read.conversation, read.user, read.text, address, ack)

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`."""
        from assistant import rendering  # who takes messages in renders nothing, and starts sooner without it

        return rendering.render(reply, DIALECT, RULES.reply_limit, RULES.reply_unit)

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`."""
        posting.send(part, address, given)

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. A program need not be shown anything."""


CHANNEL = Webhook()
