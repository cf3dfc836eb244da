"""Two models: the second answers when the first does not."""

import time

from assistant import log
from assistant.models import Model, ModelError, Progress, Prompt, Reply
from assistant.models.telling import Telling
from assistant.secrets import SecretUnavailableError

FIRST_SHARE = 0.6
"""Of the time: the rest is the second model's, however long the first one hesitates."""


class FallbackModel:
    """The `Model` protocol."""

    def __init__(self, first: Model, second: Model) -> None:
        self._first, self._second = first, second

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        """See `Model`. The second model gets what time the first has left, and never less than its share."""
        started = time.monotonic()
        telling = Telling(progress)
        heard = telling if telling.listening else None
        try:
            return self._first.reply(prompt, timeout_s * FIRST_SHARE, heard)
        except (ModelError, SecretUnavailableError) as error:
            log.failure("the second model is asked", error)
        telling.restart()
        spent = time.monotonic() - started
        return self._second.reply(prompt, max(timeout_s - spent, timeout_s * (1 - FIRST_SHARE) / 2), heard)
