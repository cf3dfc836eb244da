"""The arguments of ServerlessAssistant, and what they have to fulfil together."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, Self, TypedDict

import pulumi
from pydantic import AfterValidator, Field, field_validator, model_validator

from assistant_components.channel.ingress import Throttle, ThrottleSpec
from assistant_components.channel.installation import ChannelInstallation, InstallationSpec, installation_faults
from assistant_components.compute.function import FunctionNetwork, Package
from assistant_components.model.provider import AssistantModel, ModelProvider, ModelSpec
from assistant_components.model.replies import RepliesSpec, ReplyRules
from assistant_components.operations.logs import LOG_DAYS_DEFAULT, kept_days
from assistant_components.operations.topic import Email
from assistant_components.state.queue import DEAD_LETTER_DAYS
from assistant_components.topologies.serverless_sizes import (
    STORE_SECONDS,
    AssistantFunctions,
    FunctionsSpec,
)
from assistant_components.validation import Fault, Spec, Whole, disagree

SYSTEM_PROMPT_BYTES_MAX = 2_000  # all of a function's environment has 4 KB


class _Retention(Spec):
    log_days: Annotated[int, Whole, AfterValidator(kept_days)] = LOG_DAYS_DEFAULT
    session_days: Annotated[int, Whole] = Field(default=30, ge=1, le=3_650)
    message_days: Annotated[int, Whole] = Field(default=4, ge=1, le=DEAD_LETTER_DAYS - 1)


class ServerlessSpec(Spec):
    """The plain part of ServerlessAssistantArgs."""

    package: Package
    model: ModelSpec
    channels: list[InstallationSpec] = Field(default=[InstallationSpec(channel="web")], min_length=1, max_length=50)
    system_prompt: str = ""
    replies: RepliesSpec = RepliesSpec()
    functions: FunctionsSpec = FunctionsSpec()
    retention: _Retention = _Retention()
    throttle: ThrottleSpec = ThrottleSpec()
    own_key: bool = False
    deletion_protection: bool = True
    alarm_emails: list[Email] = Field(default=[], max_length=20)

    @field_validator("alarm_emails")
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
        most = self.functions.inference.timeout_s - STORE_SECONDS
        if self.model.provider is not ModelProvider.ECHO and self.model.timeout_s > most:
            expected = f"at most {most}, {STORE_SECONDS} less than functions.inference.timeout_s"
            faults.append(("model.timeout_s", self.model.timeout_s, expected))
        for module, size in (("inference", self.functions.inference), ("sender", self.functions.sender)):
            if size.reserved_concurrency is not None and size.at_once > size.reserved_concurrency:
                expected = f"at most reserved_concurrency ({size.reserved_concurrency})"
                faults.append((f"functions.{module}.maximum_concurrency", size.at_once, expected))
        if faults:
            raise disagree(*faults)
        return self


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
    channels: NotRequired[list[ChannelInstallation]]
    """Where people write from. Default web, open to whoever knows the address."""
    system_prompt: NotRequired[str]
    """What the model is told before every conversation, up to 2000 bytes. Default nothing."""
    replies: NotRequired[ReplyRules]
    """What holds for every reply: cache, daily limits, guardrail. Default: nothing of it."""
    functions: NotRequired[AssistantFunctions]
    """Sizes of the functions. Default: small ones."""
    retention: NotRequired[Retention]
    """How long things are kept. Default: logs and sessions 30 days, messages 4."""
    throttle: NotRequired[Throttle]
    """How many requests each API lets through. Default 50 per second, 100 at one moment."""
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
    """Arguments that exclude each other, and what the lists among them lack."""
    faults: list[Fault] = []
    if args.get("kms_key_arn") is not None and args.get("own_key"):
        faults.append(("own_key", "got true and kms_key_arn, expected one of them: a key that is made, or yours"))
    if args.get("alarm_topic_arn") is not None and args.get("alarm_emails"):
        faults.append(
            ("alarm_emails", "got addresses and alarm_topic_arn, expected one of them: subscribe the addresses there")
        )
    model = args.get("model")
    fallback: Any = model.get("fallback") if isinstance(model, Mapping) else None
    for where, named in (("model", model), ("model.fallback", fallback)):
        if isinstance(named, Mapping) and named.get("api_key_secret_arn") and named.get("provider") != "openai":
            text = "got a secret, expected nothing: only the openai provider has a key"
            faults.append((f"{where}.api_key_secret_arn", text))
    functions: Any = args.get("functions")
    for module in ("ingress", "stream"):
        size: Any = functions.get(module) if isinstance(functions, Mapping) else None
        if isinstance(size, Mapping) and size.get("maximum_concurrency") is not None:
            text = "got a value, expected nothing: no queue starts it"
            faults.append((f"functions.{module}.maximum_concurrency", text))
    return [*faults, *installation_faults(args.get("channels"))]
