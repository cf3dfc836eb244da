"""The DingTalk channel: the robot of an organisation's own app, whose messages come by HTTP."""

from collections.abc import Mapping, Sequence

from assistant.channels import verify
from assistant.channels.contract import Answered, Given, Incoming, Part, RefusedError, Rules
from assistant.channels.dingtalk import authenticity, posting, reading
from assistant.routing import Request

DIALECT = "dingtalk_md"

RULES = Rules(
    name="dingtalk",
    ack_budget_s=3.0,  # ours: none is documented for HTTP
    retry_ladder_s=(60,),  # none is documented for HTTP; seen where messages come over a connection
    dedup_ttl_s=7200,  # past_s + future_s: whatever is still fresh is still known, so that nothing can be replayed
    past_s=3600,
    future_s=3600,  # the rule is a distance of less than an hour, to either side
    # A text of 20,000 bytes was refused, and 15,000 is the documented most of a template's parameters: this many
    # characters stay below, whatever they are.
    reply_limit=3500,
    reply_unit="characters",
    replies_per_s=0.33,  # 20 in a minute, as for robots of a group
    secrets=("app_secret",),
    optional_secrets=("aes_key", "token"),
    receiving=("app_secret", "aes_key", "token"),
    options=("app_key", "robot_code", "corp_id"),
    optional_options=("session_url",),
    registration="manual",
)


class DingTalk:
    """See `Channel`. A conversation is a chat with the robot, or a group in which it is mentioned.

    The signature of a message does not cover its body, so that the organisation, the robot and the address for the
    reply are checked as well. With `aes_key` and `token` only encrypted bodies are taken.
    """

    rules = RULES
    routes = (("POST", ""), ("POST", "/events"))

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """See `Channel`. Answers the trial call that DingTalk makes while an address for events is saved."""
        if request.parameter("signature") or request.parameter("msg_signature"):
            return authenticity.event(request, given)
        authenticity.signed(request, given)
        message = verify.read_object(request.body)
        if "aes_key" in given.installation.secrets:
            encrypted = message.get("encrypt")
            if not isinstance(encrypted, str) or not encrypted:
                raise RefusedError("encrypt: got nothing, expected an encrypted body")
            message = verify.read_object(authenticity.opened(encrypted, given)[1])
        return reading.message(message, given)

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`."""
        from assistant import rendering  # who takes messages in renders nothing, and starts sooner without it

        return rendering.render(reply, DIALECT, RULES.reply_limit, RULES.reply_unit)

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. By the message's own address while it lives, then under the app's token."""
        if not posting.by_session(part, address, given):
            posting.by_app(part, address, given)

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. DingTalk has nothing to show."""


CHANNEL = DingTalk()
