"""Section `compute`: where the application runs, and how large it may grow."""

from typing import Literal

from pydantic import Field

from stacks.settings.group import Group, words

INGRESS_MOST_S = 29  # the HTTP API gives up after 30 s, so the function has to be done before
EXECUTIONS = "executions at once"

_MEMORY = "Memory of one instance. The processor's share grows with it."
_RESERVED = "Executions kept for this function, and its upper limit. Left out: it shares the account's pool."
_MAXIMUM = (
    "Most executions that the queue starts side by side, at most reserved_concurrency. "
    "Left out: 20, or reserved_concurrency if that is less."
)


class Ingress(Group):
    """The function that takes messages in."""

    memory_mib: int = Field(default=256, ge=128, le=10_240, description=_MEMORY, json_schema_extra=words(unit="MiB"))
    timeout_s: int = Field(
        default=10,
        ge=1,
        le=INGRESS_MOST_S,
        description="Longest run of one request. The HTTP API in front of it gives up after 30 seconds.",
        json_schema_extra=words(unit="seconds"),
    )
    reserved_concurrency: int | None = Field(
        default=None, ge=1, le=10_000, description=_RESERVED, json_schema_extra=words(unit=EXECUTIONS)
    )


class Inference(Group):
    """The function that asks the model and stores the reply."""

    memory_mib: int = Field(default=512, ge=128, le=10_240, description=_MEMORY, json_schema_extra=words(unit="MiB"))
    timeout_s: int = Field(
        default=60,
        ge=6,
        le=900,
        description="Longest run of one batch of messages. At least 5 seconds more than model.timeout_s.",
        json_schema_extra=words(unit="seconds"),
    )
    reserved_concurrency: int | None = Field(
        default=None, ge=2, le=10_000, description=_RESERVED, json_schema_extra=words(unit=EXECUTIONS)
    )
    maximum_concurrency: int | None = Field(
        default=None,
        ge=2,
        le=1_000,
        description=_MAXIMUM,
        json_schema_extra=words(unit=EXECUTIONS),
    )


class Sender(Group):
    """The function that sends replies to channels other than web."""

    memory_mib: int = Field(default=256, ge=128, le=10_240, description=_MEMORY, json_schema_extra=words(unit="MiB"))
    timeout_s: int = Field(
        default=60,
        ge=30,
        le=900,
        description="Longest run of one batch of replies.",
        json_schema_extra=words(unit="seconds"),
    )
    reserved_concurrency: int | None = Field(
        default=None, ge=2, le=10_000, description=_RESERVED, json_schema_extra=words(unit=EXECUTIONS)
    )
    maximum_concurrency: int | None = Field(
        default=None, ge=2, le=1_000, description=_MAXIMUM, json_schema_extra=words(unit=EXECUTIONS)
    )


class Stream(Group):
    """The function that pages connect to for replies as they come."""

    memory_mib: int = Field(default=256, ge=128, le=10_240, description=_MEMORY, json_schema_extra=words(unit="MiB"))
    timeout_s: int = Field(
        default=10,
        ge=1,
        le=INGRESS_MOST_S,
        description="Longest run of one request. The WebSocket API in front of it gives up after 29 seconds.",
        json_schema_extra=words(unit="seconds"),
    )
    reserved_concurrency: int | None = Field(
        default=None, ge=1, le=10_000, description=_RESERVED, json_schema_extra=words(unit=EXECUTIONS)
    )


class Throttle(Group):
    """What an API lets through; more is answered with 429."""

    rate_per_s: float = Field(
        default=50.0,
        ge=0.1,
        le=10_000,
        description="Requests let through in the long run.",
        json_schema_extra=words(unit="requests per second"),
    )
    burst: int = Field(
        default=100,
        ge=1,
        le=5_000,
        description="Requests let through at one moment.",
        json_schema_extra=words(unit="requests"),
    )


class Serverless(Group):
    """A function per module, a queue between them, a table for the sessions. Costs nothing while nobody writes."""

    topology: Literal["serverless"] = Field(description="The shape of the deployment.")
    ingress: Ingress = Field(default=Ingress(), description="The function that takes messages in.")
    inference: Inference = Field(default=Inference(), description="The function that asks the model.")
    sender: Sender = Field(default=Sender(), description="The function that sends replies.")
    stream: Stream = Field(default=Stream(), description="The function that pages connect to.")
    throttle: Throttle = Field(default=Throttle(), description="What each API lets through.")


Compute = Serverless
