"""A model that repeats what it is told: no network, no cost, always the same reply to the same message."""

from assistant.models import Prompt


class EchoModel:
    """The `Model` protocol. For local stacks, load tests and tests."""

    def reply(self, prompt: Prompt, timeout_s: float) -> str:
        """The message's own text."""
        return f"echo: {prompt.text}"
