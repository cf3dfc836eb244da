"""The guardrail: what people write is checked before a model reads it, what it replies before people do."""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from assistant import aws
from assistant.config import Config, GuardrailConfig

REMOVED = "[removed]"
PIECE_CHARS = 20_000  # ApplyGuardrail takes 25 units of 1,000 characters at once
REMEMBERED = 1000

Direction = Literal["input", "output"]


class GuardrailUnavailableError(RuntimeError):
    """The text could not be checked, so it goes nowhere; trying again later may help."""

    safe_to_log = True


@dataclass(frozen=True)
class Blocked:
    """The text is kept back."""

    reply: str
    """What people are told in its place."""


class Guardrail(Protocol):
    """The hook. Safe to use from several threads."""

    @property
    def checks_output(self) -> bool:
        """Whether replies may be changed. They are then told when they are whole, not piece by piece."""
        ...

    def check(self, direction: Direction, text: str) -> str | Blocked:
        """The text as it may go on. Raises GuardrailUnavailableError."""
        ...


def build(config: Config) -> Guardrail | None:
    """The guardrail that the configuration names, or None."""
    if config.guardrail.kind == "patterns":
        return PatternGuardrail(config.guardrail)
    if config.guardrail.kind == "bedrock":
        return BedrockGuardrail(config.guardrail)
    return None


class PatternGuardrail:
    """The `Guardrail` protocol by regular expressions, in the order in which they are configured."""

    def __init__(self, config: GuardrailConfig) -> None:
        self._reply = config.reply
        self._patterns = [(re.compile(one.pattern), one.action, one.direction) for one in config.patterns]

    @property
    def checks_output(self) -> bool:
        """See `Guardrail`."""
        return any(direction != "input" for _, _, direction in self._patterns)

    def check(self, direction: Direction, text: str) -> str | Blocked:
        """See `Guardrail`."""
        for pattern, action, where in self._patterns:
            if where not in ("both", direction):
                continue
            if action == "redact":
                text = pattern.sub(REMOVED, text)
            elif pattern.search(text):
                return Blocked(self._reply)
        return text


class BedrockGuardrail:
    """The `Guardrail` protocol by a guardrail of Amazon Bedrock. Needs bedrock:ApplyGuardrail on it."""

    def __init__(self, config: GuardrailConfig, *, client: Any = None) -> None:
        self._config, self._made = config, client
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Direction, str], str | Blocked] = OrderedDict()

    @property
    def checks_output(self) -> bool:
        """See `Guardrail`."""
        return True

    def check(self, direction: Direction, text: str) -> str | Blocked:
        """See `Guardrail`. Asks once for the same text: what a conversation said before is checked with every turn."""
        with self._lock:
            known = self._known.get((direction, text))
        if known is not None:
            return known
        checked: str | Blocked = ""
        for piece in _pieces(text):
            one = self._ask(direction, piece)
            if isinstance(one, Blocked):
                checked = one
                break
            checked += one
        with self._lock:
            self._known[direction, text] = checked
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return checked

    def _ask(self, direction: Direction, text: str) -> str | Blocked:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client().apply_guardrail(
                guardrailIdentifier=self._config.id, guardrailVersion=self._config.version,
                source=direction.upper(), content=[{"text": {"text": text}}],
            )  # fmt: skip
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise GuardrailUnavailableError(f"guardrail: got {code} from Bedrock, expected a verdict") from error
        except BotoCoreError as error:
            raise GuardrailUnavailableError(
                f"guardrail: got {type(error).__name__} from Bedrock, expected a verdict"
            ) from error
        if answer.get("action") == "NONE":
            return text
        told = "".join(output.get("text", "") for output in answer.get("outputs", []))
        actions = set(_actions(answer.get("assessments", [])))
        if actions & {"ANONYMIZED", "NONE"} == actions and "ANONYMIZED" in actions:
            return told  # the text with what is personal masked
        return Blocked(told or self._config.reply)  # also when the verdict has a shape that is not known

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = aws.client("bedrock-runtime", read_timeout_s=10, attempts=2)
            return self._made


def _actions(assessments: Any) -> Iterator[str]:
    """Every `action` of the policies, wherever it is: policies differ in their shape."""
    if isinstance(assessments, list):
        for one in assessments:
            yield from _actions(one)
    elif isinstance(assessments, dict):
        for name, value in assessments.items():
            if name == "action" and isinstance(value, str):
                yield value
            else:
                yield from _actions(value)


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that the service takes, cut at blanks where there are any."""
    while len(text) > PIECE_CHARS:
        cut = max(text.rfind(" ", 0, PIECE_CHARS), text.rfind("\n", 0, PIECE_CHARS)) + 1 or PIECE_CHARS
        yield text[:cut]
        text = text[cut:]
    if text:
        yield text
