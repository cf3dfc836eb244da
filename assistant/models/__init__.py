"""Models: what turns a conversation into a reply."""

from dataclasses import dataclass
from typing import Protocol

from assistant.config import Config


class ModelError(RuntimeError):
    """The model gave no reply. The text names what happened and quotes neither prompt nor answer."""

    safe_to_log = True

    def __init__(self, text: str, *, passing: bool = False, wait_s: float = 0) -> None:
        super().__init__(text)
        self.passing = passing
        """True when the same request may succeed in a moment."""
        self.wait_s = wait_s
        """Seconds that the endpoint asked to wait."""


@dataclass(frozen=True)
class Exchange:
    """An earlier message and its reply."""

    text: str
    reply: str


@dataclass(frozen=True)
class Prompt:
    """What the model is shown."""

    system: str
    history: tuple[Exchange, ...]
    text: str

    def messages(self) -> list[tuple[str, str]]:
        """(role, text) in order, beginning and ending with the user's."""
        said = [part for turn in self.history for part in (("user", turn.text), ("assistant", turn.reply))]
        return [*said, ("user", self.text)]


class Model(Protocol):
    """One model. Safe to use from several threads."""

    def reply(self, prompt: Prompt, timeout_s: float) -> str:
        """The reply, within `timeout_s` seconds, retries included. Raises ModelError."""
        ...


def build(config: Config) -> Model:
    """The model that the configuration names. Nothing is connected before the first reply."""
    if config.model.provider == "openai":
        from assistant.models.openai import OpenAIModel

        return OpenAIModel(config.model)
    if config.model.provider == "bedrock":
        from assistant.models.bedrock import BedrockModel

        return BedrockModel(config.model)
    from assistant.models.echo import EchoModel

    return EchoModel()
