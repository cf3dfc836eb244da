"""Models: what turns a conversation into a reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.config import Config, ModelConfig


class ModelError(RuntimeError):
    """The model gave no reply. The text names what happened and quotes neither prompt nor answer."""

    safe_to_log = True

    def __init__(self, text: str, *, passing: bool = False, wait_s: float = 0, reason: str = "error") -> None:
        super().__init__(text)
        self.passing = passing
        """True when the same request may succeed in a moment."""
        self.wait_s = wait_s
        """Seconds that the endpoint asked to wait."""
        self.reason = reason
        """One word for the metrics."""


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


@dataclass(frozen=True)
class Reply:
    """What a model said, and what it took."""

    text: str
    model: str = ""
    """The model that answered."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached: bool = False
    """True when no model was asked."""


class Progress(Protocol):
    """Is told what a model says while it says it."""

    def text(self, more: str) -> None:
        """The next piece of the reply."""
        ...

    def restart(self) -> None:
        """The pieces so far are void; the reply begins anew."""
        ...


class Model(Protocol):
    """One model. Safe to use from several threads."""

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        """The reply, within `timeout_s` seconds, retries included. Raises ModelError."""
        ...


def build(config: Config) -> Model:
    """The models that the configuration names, behind breakers. Nothing is connected before the first reply."""
    from assistant.models.breaker import Breaker, GuardedModel

    made = [GuardedModel(single(one), label, Breaker(config.breaker)) for label, one in labelled(config).items()]
    if len(made) == 1:
        return made[0]
    from assistant.models.fallback import FallbackModel

    return FallbackModel(*made)


def labelled(config: Config) -> Mapping[str, ModelConfig]:
    """The models by the names that replies, logs and metrics call them: the first, then the fallback."""
    first, second = config.model, config.fallback
    if second is None:
        return {first.id: first}
    return {first.id: first, second.id if second.id != first.id else f"{second.id} (fallback)": second}


def single(config: ModelConfig) -> Model:
    """One model by itself."""
    if config.provider == "openai":
        from assistant.models.openai import OpenAIModel

        return OpenAIModel(config)
    if config.provider == "bedrock":
        from assistant.models.bedrock import BedrockModel

        return BedrockModel(config)
    from assistant.models.echo import EchoModel

    return EchoModel()
