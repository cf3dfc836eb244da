"""The Feishu (Lark) channel: chats with a bot, and groups and topics in which it is spoken to."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.channels import verify
from assistant.channels.contract import Answered, Given, Incoming, Part, RefusedError, Rules
from assistant.channels.feishu import posting, reading
from assistant.routing import Request, as_json

SIGNATURE_HEADER = "x-lark-signature"
TIMESTAMP_HEADER = "x-lark-request-timestamp"
NONCE_HEADER = "x-lark-request-nonce"
CARD = "/card"
DIALECT = "feishu_md"

RULES = Rules(
    name="feishu",
    ack_budget_s=3.0,  # 1 s for the handshake
    retry_ladder_s=(15, 300, 3600, 21_600),
    dedup_ttl_s=28_800,  # the ladder takes 25,515 s, which Feishu calls 7.1 hours
    # dedup_ttl_s - future_s: whatever is still fresh is still known. Above the ladder, as it is not documented whether
    # a delivery that is repeated is signed anew.
    past_s=28_500,
    future_s=300,
    reply_limit=8000,  # of a card; the provider's own limit is 30 KB, which `render` sees to
    reply_unit="characters",
    replies_per_s=5.0,
    resend_unclear=True,  # every part carries a uuid, which is good for an hour
    secrets=("app_secret", "encrypt_key", "verification_token"),
    receiving=("encrypt_key", "verification_token"),
    options=("app_id",),
)


class Feishu:
    """See `Channel`. A conversation is a chat, or one topic or chain of replies in it.

    An encrypt key is needed: without one nothing that Feishu sends is signed. Of groups it gets what the app's scopes
    let through: with the usual ones, messages that mention it.
    """

    rules = RULES
    routes = (("POST", ""), ("POST", CARD))

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """See `Channel`. Answers the challenge; presses on the buttons of cards are acknowledged and left alone."""
        card = request.path == given.installation.path + CARD
        if not _is_signed(request, given, card):
            return _challenge(request.body, given)
        verify.fresh(verify.timestamp(request.headers.get(TIMESTAMP_HEADER), TIMESTAMP_HEADER), given.now(), RULES)
        body = verify.read_object(request.body)
        if not card or "encrypt" in body:  # the older kind of callback from a card has no encryption
            body = reading.opened(body, given)
            reading.check_token(body, given)
        if challenged := _answer(body):
            return challenged
        return Answered(as_json(200, {})) if card else reading.event(body)  # no card that is sent here has buttons

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`. Where 8,000 characters are more than 30 KB, parts are shorter."""
        from assistant import rendering  # who takes messages in renders nothing, and starts sooner without it

        limit = RULES.reply_limit
        while True:
            texts = rendering.render(reply, DIALECT, limit, RULES.reply_unit)
            if all(posting.fits(text) for text in texts):
                return texts
            limit //= 2

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. A card, in reply to the message where others may write in between."""
        posting.send(part, address, given)

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. Feishu has no such sign for a bot."""


def _is_signed(request: Request, given: Given, card: bool) -> bool:
    headers = [request.headers.get(name, "") for name in (TIMESTAMP_HEADER, NONCE_HEADER)]

    # What is signed is put together without separators. A digit that is moved from the nonce to the time makes it ten
    # times as large, which is not fresh.
    def fits(digest: Callable[[bytes], Any], secret: str) -> bool:
        signed = "".join((*headers, secret)).encode("utf-8", "surrogatepass") + request.body
        return verify.same(request.headers.get(SIGNATURE_HEADER, ""), digest(signed).hexdigest())

    # The older kind of callback from a card is signed with the token.
    return fits(hashlib.sha256, given.secret("encrypt_key")) or (
        card and fits(hashlib.sha1, given.secret("verification_token"))
    )


def _challenge(body: bytes, given: Given) -> Answered:
    """The answer to a challenge, which comes without a signature. Anything else is refused.

    In the same words whatever is wrong: an answer that told a wrong padding from a wrong token would decrypt, try by
    try, what somebody has listened to.
    """
    try:
        read = reading.opened(verify.read_object(body), given, clear=True)
        reading.check_token(read, given)
        answered = _answer(read)
    except RefusedError:
        answered = None
    if answered is None:
        raise RefusedError(f"{SIGNATURE_HEADER}: got nothing that fits, expected the signature of the body")
    return answered


def _answer(body: dict[str, Any]) -> Answered | None:
    challenge = body.get("challenge")
    if body.get("type") != "url_verification" or not isinstance(challenge, str):
        return None
    return Answered(as_json(200, {"challenge": challenge}))


CHANNEL = Feishu()
