"""The Slack channel: direct messages, mentions in channels, and slash commands of one app."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from assistant.channels import verify
from assistant.channels.contract import Answered, Given, Incoming, Part, RefusedError, Rules
from assistant.channels.slack import posting, reading
from assistant.routing import Request

SIGNATURE_HEADER = "x-slack-signature"
TIMESTAMP_HEADER = "x-slack-request-timestamp"
DIALECT = "slack_mrkdwn"

RULES = Rules(
    name="slack",
    ack_budget_s=3.0,
    retry_ladder_s=(0, 60, 300),  # slash commands are not delivered again
    # The ladder with a timeout of 3 s for each of its deliveries takes 375 s, both sides of the clock 600 s; rounded
    # up to an hour. The manifest leaves Delayed Events off, which would deliver again for a day.
    dedup_ttl_s=3600,
    past_s=300,
    future_s=300,
    reply_limit=4000,  # recommended; Slack cuts a text at 40,000
    reply_unit="characters",
    replies_per_s=1.0,
    secrets=("signing_secret", "bot_token"),
    receiving=("signing_secret",),
    registration="api",
)


class Slack:
    """See `Channel`. A conversation is a direct message, a thread, or one person's commands in a channel."""

    rules = RULES
    routes = (("POST", ""), ("POST", "/events"), ("POST", "/commands"))

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """See `Channel`. Answers the challenge that Slack sends while an address is saved."""
        _authenticate(request, given)
        # Told apart by what is signed: a header or a path is not.
        if request.body.lstrip().startswith(b"{"):
            return reading.event(verify.read_object(request.body))
        return reading.command(request.body, given)

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`."""
        from assistant import rendering  # who takes messages in renders nothing, and starts sooner without it

        return rendering.render(reply, DIALECT, RULES.reply_limit, RULES.reply_unit)

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. Commands are answered to the one who gave them, everything else in its thread."""
        if "response_url" in address:
            posting.respond(part, address, given)
        else:
            posting.post(part, address, given)

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. Slack has no such sign for a bot."""


def _authenticate(request: Request, given: Given) -> None:
    sent_at = verify.timestamp(request.headers.get(TIMESTAMP_HEADER), TIMESTAMP_HEADER)
    signature = verify.required(request.headers, SIGNATURE_HEADER)
    # The header's own text is signed: "007" and "7" are the same time and not the same signature.
    signed = b":".join((b"v0", request.headers[TIMESTAMP_HEADER].encode(), request.body))
    expected = "v0=" + hmac.new(given.secret("signing_secret").encode(), signed, hashlib.sha256).hexdigest()
    if not verify.same(signature, expected):
        raise RefusedError(f"{SIGNATURE_HEADER}: got one that does not fit, expected that of the signing secret")
    verify.fresh(sent_at, given.now(), RULES)


CHANNEL = Slack()
