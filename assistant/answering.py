"""Makes the reply to one message: limit, guardrail, cache, models, and what it took."""

import hashlib
import json
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from assistant import log, metrics
from assistant.cache import Cache, key_of
from assistant.config import Config
from assistant.flights import Flights
from assistant.guardrail import Blocked, Direction, Guardrail
from assistant.models import Exchange, Model, ModelError, Progress, Prompt, Reply, labelled
from assistant.models.telling import Telling
from assistant.spending import Spending
from assistant.usage import Usage

LEAST_SECONDS = 0.1


class Answering:
    """What replies. Safe to use from several threads."""

    def __init__(
        self, model: Model, cache: Cache | None, usage: Usage, guardrail: Guardrail | None, config: Config, *,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """`clock` tells the time of day, which decides the day of the limits."""
        self._model, self._cache, self._guardrail, self._config = model, cache, guardrail, config
        self._spending = Spending(usage, config, clock=clock)
        self._flights: Flights[Reply] = Flights()

    def reply(
        self, prompt: Prompt, *, tenant: str, conversation: str, budget_s: float, progress: Progress | None = None
    ) -> Reply:
        """The reply, within `budget_s` seconds.

        `Reply.model` is `limit` when the day's limit is spent and `guardrail` when the message was blocked; no model
        was asked then. With `cached`, it took no tokens. Raises ModelError, SecretUnavailableError and
        GuardrailUnavailableError; what `progress` was told until then is taken back.
        """
        deadline = time.monotonic() + budget_s
        telling = Telling(progress)
        try:
            reply = self._made(prompt, tenant, conversation, deadline, telling)
        except BaseException:
            telling.restart()
            raise
        if not telling.told:  # what no model says just now is one piece
            telling.text(reply.text)
        return reply

    def summarise(self, prompt: Prompt, *, tenant: str, conversation: str, budget_s: float) -> Reply:
        """The summary that the prompt asks for: as `reply`, but never from the cache, and a ModelError where nothing
        was summed up, because the limit is spent or the text was blocked."""
        deadline = time.monotonic() + budget_s
        if self._spending.limited(tenant, conversation):
            raise ModelError("model: got a limit that is spent, expected room for a summary", reason="limit")
        checked = self._checked(prompt)
        made = None if isinstance(checked, Blocked) else self._asked(checked, tenant, conversation, deadline, None)
        if made is None or made[1]:
            raise ModelError("model: got a summary that the guardrail blocks, expected one", reason="guardrail")
        return made[0]

    def _made(self, prompt: Prompt, tenant: str, conversation: str, deadline: float, telling: Telling) -> Reply:
        if self._spending.limited(tenant, conversation):
            return Reply(self._config.limits.reply, "limit")
        checked = self._checked(prompt)
        if isinstance(checked, Blocked):
            return Reply(checked.reply, "guardrail")
        # A reply that may yet be changed is told when it is whole.
        whole = not telling.listening or (self._guardrail is not None and self._guardrail.checks_output)
        heard = None if whole else telling
        if self._cache is None:
            return self._asked(checked, tenant, conversation, deadline, heard)[0]
        cache, key = self._cache, self._key(checked, tenant)

        def fetch() -> Reply:
            if (text := _looked_up(cache, key)) is not None:
                return Reply(text, self._config.model.id, cached=True)
            reply, blocked = self._asked(checked, tenant, conversation, deadline, heard)
            # The second model's replies are not kept: they would be given when the first one answers again.
            if not blocked and reply.model not in self._seconds:
                _keep(cache, key, reply.text, self._config.cache.ttl_s)
            return reply

        try:
            reply, own = self._flights.share(key, fetch, deadline - time.monotonic())
        except TimeoutError:
            raise ModelError(
                "model: got no reply to the same message in time", passing=True, reason="timeout"
            ) from None
        return reply if own else replace(reply, cached=True, input_tokens=0, output_tokens=0)

    def _asked(
        self, prompt: Prompt, tenant: str, conversation: str, deadline: float, heard: Progress | None
    ) -> tuple[Reply, bool]:
        """The model's reply, and whether the guardrail put another in its place."""
        made = self._model.reply(prompt, max(LEAST_SECONDS, deadline - time.monotonic()), heard)
        reply = self._spending.count(made, prompt, tenant, conversation)
        checked = self._check("output", reply.text)
        if isinstance(checked, Blocked):
            return replace(reply, text=checked.reply), True
        return replace(reply, text=checked), False

    def _checked(self, prompt: Prompt) -> Prompt | Blocked:
        """The prompt as the model may read it. Earlier messages are checked again: sessions keep them as written."""
        if self._guardrail is None:
            return prompt
        text = self._check("input", prompt.text)
        if isinstance(text, Blocked):
            return text
        history: list[Exchange] = []
        for turn in prompt.history:
            said = self._check("input", turn.text, told=False)
            if not isinstance(said, Blocked):
                history.append(Exchange(said, turn.reply))
        return Prompt(prompt.system, tuple(history), text)

    def _check(self, direction: Direction, text: str, *, told: bool = True) -> str | Blocked:
        if self._guardrail is None:
            return text
        checked = self._guardrail.check(direction, text)
        if told and checked != text:
            outcome = "blocked" if isinstance(checked, Blocked) else "redacted"
            metrics.count("assistant_guardrail_total", direction=direction, outcome=outcome)
            log.event("guardrail", direction=direction, outcome=outcome)
        return checked

    @property
    def _seconds(self) -> list[str]:
        return list(labelled(self._config))[1:]

    def _key(self, prompt: Prompt, tenant: str) -> str:
        """Everything that a reply depends on, of this tenant."""
        model = self._config.model
        told = [
            tenant, model.provider, model.base_url, model.id, model.reply_tokens, repr(self._config.guardrail),
            prompt.system, [[turn.text, turn.reply] for turn in prompt.history], normalised(prompt.text),
        ]  # fmt: skip
        return key_of(tenant, hashlib.sha256(json.dumps(told).encode()).hexdigest())


def normalised(text: str) -> str:
    """The text as the cache knows it: one way to write each character, single blanks, capitals as they are."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _looked_up(cache: Cache, key: str) -> str | None:
    try:
        return cache.get(key)
    except Exception as failed:
        log.failure("the cache cannot be read", failed)
        return None


def _keep(cache: Cache, key: str, text: str, ttl_s: float) -> None:
    try:
        cache.put(key, text, ttl_s)
    except Exception as failed:
        log.failure("the cache cannot be written", failed)
