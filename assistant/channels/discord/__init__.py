"""The Discord channel: slash commands of one application, which come by HTTP."""

from collections.abc import Mapping, Sequence

from assistant.channels import verify
from assistant.channels.contract import Answered, Given, Incoming, Part, Rules
from assistant.channels.discord import posting, reading, signature
from assistant.routing import Request

DIALECT = "discord_md"

RULES = Rules(
    name="discord",
    ack_budget_s=3.0,
    retry_ladder_s=(),  # a command that is not answered in time has to be given again
    dedup_ttl_s=3600,
    # Ours, as none is documented: nothing is delivered again, so that nothing genuine is older. Both sides together
    # are within dedup_ttl_s: whatever is still fresh is still known, so that nothing can be replayed.
    past_s=300,
    future_s=300,
    reply_limit=2000,
    reply_unit="utf16",  # "characters"; the strictest way to count them
    replies_per_s=2.0,  # 50 in a second for an application, 5 in 2 seconds for one interaction
    optional_secrets=("bot_token",),
    options=("public_key", "application_id"),
    registration="api",
)


class Discord:
    """See `Channel`. A conversation is a channel, a thread or a direct message."""

    rules = RULES
    routes = (("POST", ""),)

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """See `Channel`. Answers the ping, with which Discord tries the address; also wrongly signed ones come."""
        at = signature.verified(request, given.option("public_key"))
        verify.fresh(at, given.now(), RULES)
        return reading.interaction(verify.read_object(request.body), at, given)

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`."""
        from assistant import rendering  # who takes messages in renders nothing, and starts sooner without it

        return rendering.render(reply, DIALECT, RULES.reply_limit, RULES.reply_unit)

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. With the command's own token while it lives, then as the bot if its token is there."""
        posting.send(part, address, given)

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. The acknowledgement has Discord show it already."""


CHANNEL = Discord()
