"""A model that repeats what it is told: no network, no cost, always the same reply to the same message."""

import re

from assistant.models import Progress, Prompt, Reply
from assistant.models.telling import Telling


class EchoModel:
    """The `Model` protocol. For local stacks, load tests and tests. Its tokens are words."""

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        """The message's own text, told word by word."""
        text = f"echo: {prompt.text}"
        telling = Telling(progress)
        if telling.listening:
            for word in re.split(r"(?<=\s)(?=\S)", text):
                telling.text(word)
        return Reply(text, "echo", len(prompt.text.split()), len(text.split()))
