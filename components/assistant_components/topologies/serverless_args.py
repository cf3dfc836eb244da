"""The arguments of ServerlessAssistant, and what they have to fulfil together."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, Self, TypedDict, get_args

import pulumi
from pydantic import AfterValidator, Field, field_validator, model_validator

from assistant_components.channel.ingress import Throttle, ThrottleSpec
from assistant_components.compute.function import TIMEOUT_SECONDS_MAX, FunctionNetwork, Package
from assistant_components.model.provider import AssistantModel, ModelProvider, ModelSpec
from assistant_components.operations.logs import LOG_DAYS_DEFAULT, kept_days
from assistant_components.operations.topic import Email
from assistant_components.state.queue import DEAD_LETTER_DAYS
from assistant_components.validation import Fault, Spec, Whole, disagree

INGRESS_SECONDS_MAX = 29  # the HTTP API gives up after 30
STORE_SECONDS = 5  # the inference function needs them besides the model's time, to store the reply
MAXIMUM_CONCURRENCY_DEFAULT = 20
SYSTEM_PROMPT_BYTES_MAX = 2_000  # all of a function's environment has 4 KB

Channel = Literal["web"]
Reserved = Annotated[int, Whole] | None


class _IngressSize(Spec):
    memory_mib: Annotated[int, Whole] = Field(default=256, ge=128, le=10_240)
    timeout_s: Annotated[int, Whole] = Field(default=10, ge=1, le=INGRESS_SECONDS_MAX)
    reserved_concurrency: Reserved = Field(default=None, ge=1, le=10_000)


class _InferenceSize(Spec):
    memory_mib: Annotated[int, Whole] = Field(default=512, ge=128, le=10_240)
    timeout_s: Annotated[int, Whole] = Field(default=60, ge=STORE_SECONDS + 1, le=TIMEOUT_SECONDS_MAX)
    reserved_concurrency: Reserved = Field(default=None, ge=2, le=10_000)
    maximum_concurrency: Reserved = Field(default=None, ge=2, le=1_000)

    @property
    def at_once(self) -> int:
        """Batches that the queue starts side by side."""
        return self.maximum_concurrency or min(MAXIMUM_CONCURRENCY_DEFAULT, self.reserved_concurrency or 1_000)


class _Functions(Spec):
    ingress: _IngressSize = _IngressSize()
    inference: _InferenceSize = _InferenceSize()


class _Retention(Spec):
    log_days: Annotated[int, Whole, AfterValidator(kept_days)] = LOG_DAYS_DEFAULT
    session_days: Annotated[int, Whole] = Field(default=30, ge=1, le=3_650)
    message_days: Annotated[int, Whole] = Field(default=4, ge=1, le=DEAD_LETTER_DAYS - 1)


class ServerlessSpec(Spec):
    """The plain part of ServerlessAssistantArgs."""

    package: Package
    model: ModelSpec
    channels: list[Channel] = Field(default=["web"], min_length=1)
    system_prompt: str = ""
    functions: _Functions = _Functions()
    retention: _Retention = _Retention()
    throttle: ThrottleSpec = ThrottleSpec()
    own_key: bool = False
    deletion_protection: bool = True
    alarm_emails: list[Email] = Field(default=[], max_length=20)

    @field_validator("channels", "alarm_emails")
    @classmethod
    def _each_once(cls, given: list[str]) -> list[str]:
        if len(set(given)) < len(given):
            raise ValueError("each of them once")
        return given

    @field_validator("system_prompt")
    @classmethod
    def _fits_environment(cls, prompt: str) -> str:
        if len(prompt.encode()) > SYSTEM_PROMPT_BYTES_MAX:
            raise ValueError(f"at most {SYSTEM_PROMPT_BYTES_MAX} bytes")
        return prompt

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        faults: list[tuple[str, object, str]] = []
        size = self.functions.inference
        most = size.timeout_s - STORE_SECONDS
        if self.model.provider is not ModelProvider.ECHO and self.model.timeout_s > most:
            expected = f"at most {most}, {STORE_SECONDS} less than functions.inference.timeout_s"
            faults.append(("model.timeout_s", self.model.timeout_s, expected))
        if size.reserved_concurrency is not None and size.at_once > size.reserved_concurrency:
            expected = f"at most reserved_concurrency ({size.reserved_concurrency})"
            faults.append(("functions.inference.maximum_concurrency", size.at_once, expected))
        if faults:
            raise disagree(*faults)
        return self


class FunctionSize(TypedDict):
    """How big one function is, and how often it runs side by side."""

    memory_mib: NotRequired[int]
    """Memory in MiB; the processor's share grows with it. Default 256 for ingress, 512 for inference, up to 10240."""
    timeout_s: NotRequired[int]
    """Seconds one call may take. Default 10 for ingress (up to 29), 60 for inference (from 6 to 900)."""
    reserved_concurrency: NotRequired[int]
    """Calls at once kept for the function, also its limit, up to 10000. Default none: shares the account's pool."""
    maximum_concurrency: NotRequired[int]
    """Batches started side by side; inference only. Default 20, or what is reserved if less, from 2 to 1000."""


class AssistantFunctions(TypedDict):
    """Sizes of the functions."""

    ingress: NotRequired[FunctionSize]
    """The function that takes messages in. Default: 256 MiB, 10 seconds."""
    inference: NotRequired[FunctionSize]
    """The function that asks the model and stores the reply. Default: 512 MiB, 60 seconds."""


class Retention(TypedDict):
    """How long things are kept."""

    log_days: NotRequired[int]
    """Days a log line is kept, as CloudWatch Logs offers them. Default 30."""
    session_days: NotRequired[int]
    """Days a turn of a conversation is kept. Default 30, from 1 to 3650."""
    message_days: NotRequired[int]
    """Days an unanswered message waits. Default 4, from 1 to 13."""


class ExistingTable(TypedDict):
    """A table of yours for the sessions: keys `pk` and `sk` (both texts), time to live by `expires_at`."""

    name: pulumi.Input[str]
    """Name of the table."""
    arn: pulumi.Input[str]
    """ARN of the table."""


class ServerlessAssistantArgs(TypedDict):
    """Arguments of ServerlessAssistant."""

    package: str
    """Path of the zip with the assistant's code; `python -m assistant.package PATH` builds it."""
    model: AssistantModel
    """The language model that answers."""
    channels: NotRequired[list[str]]
    """Where people write from. Default web, which is the only one so far."""
    system_prompt: NotRequired[str]
    """What the model is told before every conversation, up to 2000 bytes. Default nothing."""
    functions: NotRequired[AssistantFunctions]
    """Sizes of the functions. Default: small ones."""
    retention: NotRequired[Retention]
    """How long things are kept. Default: logs and sessions 30 days, messages 4."""
    throttle: NotRequired[Throttle]
    """How many requests the API lets through. Default 50 per second, 100 at one moment."""
    network: NotRequired[FunctionNetwork]
    """Network of yours for the functions. Default none: they run outside of any network of yours."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of your KMS key for everything; its policy has to admit CloudWatch and its logs. Default: keys of AWS."""
    own_key: NotRequired[bool]
    """Makes a KMS key for this assistant, instead of kms_key_arn. Default false."""
    session_table: NotRequired[ExistingTable]
    """Table of yours for the sessions. Default: one is made."""
    deletion_protection: NotRequired[bool]
    """Refuses to delete sessions, queues and key until it is switched off. Default true."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic of yours for alarms, instead of alarm_emails. Default: one is made."""
    alarm_emails: NotRequired[list[str]]
    """Who is told about alarms; each address has to confirm once. Default nobody."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for every resource that takes tags. Default: only the components' own."""


def either_or(args: Mapping[str, Any]) -> list[Fault]:
    """Arguments that exclude each other: theirs and ours to make."""
    faults: list[Fault] = []
    if args.get("kms_key_arn") is not None and args.get("own_key"):
        faults.append(("own_key", "got true and kms_key_arn, expected one of them: a key that is made, or yours"))
    if args.get("alarm_topic_arn") is not None and args.get("alarm_emails"):
        faults.append(
            ("alarm_emails", "got addresses and alarm_topic_arn, expected one of them: subscribe the addresses there")
        )
    model: Any = args.get("model")
    if isinstance(model, Mapping) and model.get("api_key_secret_arn") is not None and model.get("provider") != "openai":
        faults.append(
            ("model.api_key_secret_arn", "got a secret, expected nothing: only the openai provider has a key")
        )
    functions: Any = args.get("functions")
    ingress: Any = functions.get("ingress") if isinstance(functions, Mapping) else None
    if isinstance(ingress, Mapping) and ingress.get("maximum_concurrency") is not None:
        text = "got a value, expected nothing: only inference is started by the queue"
        faults.append(("functions.ingress.maximum_concurrency", text))
    return faults


KNOWN_CHANNELS: tuple[str, ...] = get_args(Channel)
