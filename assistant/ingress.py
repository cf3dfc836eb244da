"""Ingress: authenticates a request, takes its message in durably, and only then acknowledges it."""

import time

from assistant import log, metrics
from assistant.channels import pushes
from assistant.channels.contract import Answered, Channel, Given, Incoming, RefusedError
from assistant.messages import Message, new_correlation, now, part_of_key
from assistant.routing import Request, Response, Services, error
from assistant.secrets import SecretUnavailableError

BYTES_PER_CHAR = 12  # the most that JSON needs for one character: two \\uXXXX escapes
ENVELOPE_BYTES = 65_536  # what channels put around a text
CUT = "…"


def size_limit(max_text_chars: int) -> int:
    """Most bytes of a request's body."""
    return BYTES_PER_CHAR * max_text_chars + ENVELOPE_BYTES


def take(channel: Channel, given: Given, request: Request, services: Services) -> Response:
    """The answer to a request of a channel: an acknowledgement only for what is stored or needs no storing.

    Refused: 401 (or as the channel says), 413 for a body that is too large. What may pass, such as a queue that cannot
    be reached, is a 503, so that the sender delivers the message again.
    """
    installation, name = given.installation, channel.rules.name
    with log.bound(tenant=installation.tenant, channel=name, installation=installation.name):
        started = time.perf_counter()
        limit = size_limit(services.config.max_text_chars)
        try:
            if len(request.body) > limit:
                raise RefusedError(f"body: got more than {limit} bytes, expected at most {limit}", 413)
            received = channel.receive(request, given)
        except RefusedError as refused:
            metrics.count("assistant_messages_refused_total", channel=name, reason=str(refused.status))
            log.event("refused", level="WARNING", status=refused.status, detail=str(refused))
            return error(refused.status, str(refused))
        except SecretUnavailableError as unavailable:
            log.failure("not verified", unavailable)
            return error(503, "the message could not be verified for a moment, please send it again")
        metrics.observe("assistant_stage_seconds", time.perf_counter() - started, stage="verify")
        if isinstance(received, Answered):
            return received.response
        return accept(received, channel, given, services)


def accept(incoming: Incoming, channel: Channel, given: Given, services: Services) -> Response:
    """Stores a genuine message: the channel's acknowledgement when it is stored (also the second time), else 503."""
    installation, rules = given.installation, channel.rules
    text, most = incoming.text, services.config.max_text_chars
    if len(text) > most:
        if rules.reads_errors:
            return error(413, f"text: got {len(text)} characters, expected at most {most}; send it in parts")
        text = text[: most - len(CUT)] + CUT  # a person at the other end cannot do anything with a status
    message = Message(
        installation.tenant, rules.name, part_of_key(incoming.conversation), part_of_key(incoming.id), text, now(),
        installation.name, incoming.user, new_correlation(), incoming.address if pushes(installation) else {},
    )  # fmt: skip
    with log.bound(correlation=message.correlation, conversation=message.group[:12], id=message.id):
        started = time.perf_counter()
        metrics.count("assistant_messages_received_total", channel=rules.name)
        try:
            fresh = services.intake.accept(message, rules.dedup_ttl_s)
        except Exception as failed:  # whatever it is, the message is not known to be stored, so it is not acknowledged
            log.failure("not enqueued", failed)
            return error(503, "the message could not be accepted for a moment, please send it again with the same id")
        metrics.observe("assistant_stage_seconds", time.perf_counter() - started, stage="accept")
        if fresh:
            log.event("accepted", chars=len(text))
        else:
            metrics.count("assistant_messages_duplicate_total", channel=rules.name)
            log.event("duplicate")
        return incoming.ack
