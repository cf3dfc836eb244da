"""Answers one message: session, model, and the reply stored exactly once."""

import time
from collections.abc import Sequence

from assistant import log
from assistant.config import Config
from assistant.messages import Message, now
from assistant.models import Exchange, Model, Prompt
from assistant.sessions import Answer, Sessions, Turn

HISTORY_TURNS = 40
REPLY_MAX_CHARS = 60_000  # with the message's text this stays below the 400 KB of one item
SORRY = "Sorry, I could not answer this message. Please try again in a while."


class Inference:
    """The model and the sessions of one deployment."""

    def __init__(self, sessions: Sessions, model: Model, config: Config) -> None:
        self._sessions, self._model, self._config = sessions, model, config

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
            log.event("already answered", conversation=message.group[:12], id=message.id)
            return
        recent = self._sessions.recent(message.key, HISTORY_TURNS)
        try:
            history = within_budget(recent.turns, self._config.history_tokens)
            prompt = Prompt(self._config.system_prompt, history, message.text)
            reply = _limited(self._model.reply(prompt, budget_s))
        except Exception:
            if last and seen is None:
                self.give_up(message, after=recent.last)
            raise
        answer = Answer(message.id, message.text, reply, now())
        stored = self._sessions.store(message.key, answer, after=recent.last, replaces=seen.n if seen else None)
        log.event(
            "answered" if stored else "already answered", conversation=message.group[:12], id=message.id,
            ms=round(1000 * (time.monotonic() - started)), history=len(history),
        )  # fmt: skip

    def give_up(self, message: Message, *, after: int = 0) -> None:
        """Tells the person that there is no reply, unless the message has an answer already."""
        sorry = Answer(message.id, message.text, SORRY, now(), error=True)
        self._sessions.store(message.key, sorry, after=after)


def within_budget(turns: Sequence[Turn], tokens: int) -> tuple[Exchange, ...]:
    """The newest turns that fit into `tokens`, oldest first. Turns without a reply are no part of the conversation."""
    kept: list[Exchange] = []
    for turn in reversed(turns):
        if turn.error:
            continue
        tokens -= estimated_tokens(turn.text) + estimated_tokens(turn.reply)
        if tokens < 0:
            break
        kept.append(Exchange(turn.text, turn.reply))
    return tuple(reversed(kept))


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is: one for three bytes of UTF-8; high for English, right for Chinese."""
    return len(text.encode()) // 3 + 4


def _limited(reply: str) -> str:
    # Lone surrogates cannot be stored as UTF-8; a model may send them as JSON escapes.
    clean = reply.encode("utf-8", "replace").decode()
    return clean if len(clean) <= REPLY_MAX_CHARS else clean[: REPLY_MAX_CHARS - 1] + "…"
