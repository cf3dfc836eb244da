"""The WeCom channel: members of a corporation who write to one of its apps."""

from collections.abc import Mapping, Sequence

from assistant.channels import verify
from assistant.channels.callback_crypto import CorpCipher
from assistant.channels.contract import Answered, Given, Incoming, Part, RefusedError, Rules
from assistant.channels.wecom import posting, xml
from assistant.routing import Request, Response

DIALECT = "wecom_md"

RULES = Rules(
    name="wecom",
    ack_budget_s=5.0,  # 1 s for the handshake
    retry_ladder_s=(5, 5, 5),  # their number is the provider's, their spacing is not documented
    dedup_ttl_s=3600,
    # dedup_ttl_s - future_s: whatever is still fresh is still known. Far above the ladder, as it is not documented
    # whether a delivery that is repeated is signed anew.
    past_s=3300,
    future_s=300,
    reply_limit=2048,
    reply_unit="utf8",
    replies_per_s=0.5,  # 30 per minute to one member; more than that is dropped without a word
    resend_unclear=True,  # a message that is the same to the letter is delivered once
    secrets=("token", "aes_key", "app_secret"),
    receiving=("token", "aes_key"),
    options=("corp_id", "agent_id"),
)


class WeCom:
    """See `Channel`. A conversation is one member's with the app."""

    rules = RULES
    routes = (("GET", ""), ("POST", ""))

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """See `Channel`. Answers the handshake; takes texts, and leaves events and everything else alone."""
        cipher = CorpCipher(given.secret("token"), given.secret("aes_key"), given.option("corp_id"))
        if request.method == "GET":
            # An address whose plus signs were not encoded: base64 has no blanks.
            echo = _opened(request, (request.parameter("echostr") or "").replace(" ", "+"), cipher, given)
            headers = {"content-type": "text/plain; charset=utf-8"}
            return Answered(Response(200, echo.decode("utf-8", "replace"), headers))
        return _message(xml.read(_opened(request, xml.read(request.body).get("Encrypt", ""), cipher, given)))

    def render(self, reply: str) -> Sequence[str]:
        """See `Channel`."""
        from assistant import rendering  # who takes messages in renders nothing, and starts sooner without it

        return rendering.render(reply, DIALECT, RULES.reply_limit - posting.MARK_BYTES, RULES.reply_unit)

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`."""
        posting.send(part, address, given)

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """See `Channel`. WeCom has no such sign for an app."""


def _opened(request: Request, encrypted: str, cipher: CorpCipher, given: Given) -> bytes:
    sent = request.parameter("timestamp") or ""
    sent_at = verify.timestamp(sent, "timestamp")
    if not encrypted:
        raise RefusedError("body: got nothing encrypted, expected an encrypted text")
    # The parameter's own text is signed: "007" and "7" are the same time and not the same signature.
    cipher.verify(request.parameter("msg_signature"), sent, request.parameter("nonce") or "", encrypted)
    verify.fresh(sent_at, given.now(), RULES)
    return cipher.decrypt(encrypted)


def _message(fields: Mapping[str, str]) -> Incoming | Answered:
    text = fields.get("Content", "").strip()
    if fields.get("MsgType") != "text" or not text:
        return Answered()
    for name in ("AgentID", "FromUserName", "MsgId"):
        if not fields.get(name):
            raise RefusedError(f"{name}: got nothing, expected a text", 400)
    agent, user = fields["AgentID"], fields["FromUserName"]
    return Incoming(f"{agent}:{fields['MsgId']}", f"{agent}:{user}", user, text, {"user": user})


CHANNEL = WeCom()
