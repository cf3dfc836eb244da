"""How big the functions of ServerlessAssistant are, and how often they run side by side."""

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from assistant_components.compute.function import TIMEOUT_SECONDS_MAX
from assistant_components.validation import Spec, Whole

REQUEST_SECONDS_MAX = 29  # an HTTP API gives up after 30, a WebSocket API after 29
STORE_SECONDS = 5  # the inference function needs them besides the model's time, to store the reply
SEND_SECONDS = 30  # two calls of a provider's API and the records around them
MAXIMUM_CONCURRENCY_DEFAULT = 20

Reserved = Annotated[int, Whole] | None


class RequestSize(Spec):
    """The plain part of FunctionSize, of a function behind an API."""

    memory_mib: Annotated[int, Whole] = Field(default=256, ge=128, le=10_240)
    timeout_s: Annotated[int, Whole] = Field(default=10, ge=1, le=REQUEST_SECONDS_MAX)
    reserved_concurrency: Reserved = Field(default=None, ge=1, le=10_000)


class WorkerSize(Spec):
    """The plain part of FunctionSize, of a function that a queue starts."""

    memory_mib: Annotated[int, Whole] = Field(default=512, ge=128, le=10_240)
    timeout_s: Annotated[int, Whole] = Field(default=60, ge=STORE_SECONDS + 1, le=TIMEOUT_SECONDS_MAX)
    reserved_concurrency: Reserved = Field(default=None, ge=2, le=10_000)
    maximum_concurrency: Reserved = Field(default=None, ge=2, le=1_000)

    @property
    def at_once(self) -> int:
        """Batches that the queue starts side by side."""
        return self.maximum_concurrency or min(MAXIMUM_CONCURRENCY_DEFAULT, self.reserved_concurrency or 1_000)


class SenderSize(WorkerSize):
    """The plain part of FunctionSize, of the function that sends replies."""

    memory_mib: Annotated[int, Whole] = Field(default=256, ge=128, le=10_240)
    timeout_s: Annotated[int, Whole] = Field(default=60, ge=SEND_SECONDS, le=TIMEOUT_SECONDS_MAX)


class FunctionsSpec(Spec):
    """The plain part of AssistantFunctions."""

    ingress: RequestSize = RequestSize()
    inference: WorkerSize = WorkerSize()
    sender: SenderSize = SenderSize()
    stream: RequestSize = RequestSize()


class FunctionSize(TypedDict):
    """How big one function is, and how often it runs side by side."""

    memory_mib: NotRequired[int]
    """Memory in MiB; the processor's share grows with it. Default 512 for inference, 256 for others, up to 10240."""
    timeout_s: NotRequired[int]
    """Seconds a call may take. Default 10 for ingress and stream, up to 29; 60 for inference and sender, up to 900."""
    reserved_concurrency: NotRequired[int]
    """Calls at once kept for the function, also its limit, up to 10000. Default none: shares the account's pool."""
    maximum_concurrency: NotRequired[int]
    """Batches started side by side; inference and sender only. Default 20, or what is reserved if less, up to 1000."""


class AssistantFunctions(TypedDict):
    """Sizes of the functions."""

    ingress: NotRequired[FunctionSize]
    """The function that takes messages in. Default: 256 MiB, 10 seconds."""
    inference: NotRequired[FunctionSize]
    """The function that asks the model and stores the reply. Default: 512 MiB, 60 seconds."""
    sender: NotRequired[FunctionSize]
    """The function that sends replies to channels other than web. Default: 256 MiB, 60 seconds."""
    stream: NotRequired[FunctionSize]
    """The function that pages connect to for replies as they come. Default: 256 MiB, 10 seconds."""
