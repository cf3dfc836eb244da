"""Answers one message: session, model, and the reply stored exactly once, with the record that it is to be sent."""

import time
from collections.abc import Callable

from assistant import log, metrics
from assistant.answering import Answering
from assistant.config import Config
from assistant.history import History
from assistant.messages import Message, now
from assistant.models import Prompt, Reply
from assistant.notice import Working, silent
from assistant.outbox import Outgoing
from assistant.sessions import Answer, Sessions
from assistant.streaming import Publisher

REPLY_MAX_CHARS = 60_000  # with the message's text this stays below the 400 KB of one item
SORRY = "Sorry, I could not answer this message. Please try again in a while."

Forward = Callable[[Message, bool], None]
"""Hands a stored reply on to the sender; the flag says that it is the apology for a failure."""


class Inference:
    """What answers messages. Safe to use from several threads."""

    def __init__(
        self, sessions: Sessions, answering: Answering, config: Config, *, forward: Forward, publisher: Publisher,
        working: Working = silent,
    ) -> None:  # fmt: skip
        """`forward` gets every message whose reply is to be sent; it may get one several times."""
        self._sessions, self._answering, self._config = sessions, answering, config
        self._forward, self._publisher, self._working = forward, publisher, working
        self._history = History(sessions, config.history_tokens, answering.summarise)

    @property
    def model_timeout_s(self) -> float:
        """Seconds that one reply may take."""
        return self._config.model.timeout_s

    @property
    def max_receives(self) -> int:
        """The hand-out after which the queue gives a message up."""
        return self._config.max_receives

    def answer(self, message: Message, *, last: bool, budget_s: float) -> None:
        """Returns when the message has its stored reply, by this call or an earlier one. Raises what went wrong.

        With `last`, a failure also stores a turn that tells the person; when the message then comes back (sent again
        from the dead-letter queue), a reply takes that turn's place.
        """
        started = time.monotonic()
        seen = self._sessions.seen(message.key, message.id)
        if seen and not seen.error:
            log.event("already answered")
            self._hand_on(message, error=False)  # an earlier call may have ended between storing and handing on
            return
        ends = started + budget_s
        past = self._history.load(message.key, budget_s)
        metrics.observe("assistant_stage_seconds", time.monotonic() - started, stage="load")
        try:
            with self._working(message):
                prompt = past.prompt(self._config.system_prompt, message.text)
                reply = self._reply(message, prompt, ends - time.monotonic())
        except Exception:
            if last and seen is None:
                self.give_up(message, after=past.last)
            raise
        answer = Answer(message.id, message.text, _limited(reply.text), now(), user=message.user)
        storing = time.monotonic()
        stored = self._sessions.store(
            message.key, answer, after=past.last, replaces=seen.n if seen else None, outgoing=_outgoing(message, answer)
        )
        metrics.observe("assistant_stage_seconds", time.monotonic() - storing, stage="save")
        self._publisher.done(message.key, message.id, seen.n if seen else past.last + 1)
        self._hand_on(message, error=False)
        metrics.count("assistant_messages_answered_total", channel=message.channel, outcome="reply")
        log.event(
            "answered" if stored else "already answered", ms=round(1000 * (time.monotonic() - started)),
            history=len(past.turns), model=reply.model, cached=reply.cached, tokens_in=reply.input_tokens,
            tokens_out=reply.output_tokens,
        )  # fmt: skip

    def give_up(self, message: Message, *, after: int | None = None) -> None:
        """Tells the person that there is no reply, unless the message has an answer already.

        `after` is the number of the conversation's last turn, where that is known.
        """
        if after is None:
            after = self._sessions.recent(message.key, 0).last
        sorry = Answer(message.id, message.text, SORRY, now(), error=True, user=message.user)
        if self._sessions.store(message.key, sorry, after=after, outgoing=_outgoing(message, sorry)):
            metrics.count("assistant_messages_answered_total", channel=message.channel, outcome="sorry")
        self._publisher.done(message.key, message.id, after + 1)
        self._hand_on(message, error=True)

    def _reply(self, message: Message, prompt: Prompt, budget_s: float) -> Reply:
        progress = self._publisher.progress(message.key, message.id)
        return self._answering.reply(
            prompt, tenant=message.tenant, conversation=message.key, budget_s=budget_s, progress=progress
        )

    def _hand_on(self, message: Message, *, error: bool) -> None:
        if message.address:
            self._forward(message, error)


def _outgoing(message: Message, answer: Answer) -> Outgoing | None:
    if not message.address:
        return None
    return Outgoing(
        message_id=message.id, channel=message.channel, installation=message.installation, tenant=message.tenant,
        address=message.address, reply=answer.reply,
    )  # fmt: skip


def _limited(reply: str) -> str:
    # Lone surrogates cannot be stored as UTF-8; a model may send them as JSON escapes.
    clean = reply.encode("utf-8", "replace").decode()
    return clean if len(clean) <= REPLY_MAX_CHARS else clean[: REPLY_MAX_CHARS - 1] + "…"
