"""The queue between taking a message in and answering it."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from assistant_components._base import AssistantComponent
from assistant_components._naming import FIFO_ENDING, QUEUE_NAME_CHARS_MAX, name_faults
from assistant_components.security.roles import deny_insecure_transport, document
from assistant_components.validation import Spec, Whole, read_spec

DAY_SECONDS = 86_400
VISIBILITY_SECONDS_MAX = 43_200  # 12 hours, the service's limit
DEAD_LETTER_DAYS = 14  # the longest a queue can keep: evidence outlives what it is evidence of
LONG_POLL_SECONDS = 20


class _Spec(Spec):
    retention_days: Annotated[int, Whole] = Field(default=4, ge=1, le=DEAD_LETTER_DAYS - 1)
    visibility_timeout_s: Annotated[int, Whole] = Field(default=360, ge=1, le=VISIBILITY_SECONDS_MAX)
    max_receives: Annotated[int, Whole] = Field(default=5, ge=3, le=1_000)
    deletion_protection: bool = True


class MessageQueueArgs(TypedDict):
    """Arguments of MessageQueue."""

    retention_days: NotRequired[int]
    """Days an unread message is kept. Default 4, from 1 to 13, because the dead-letter queue keeps 14."""
    visibility_timeout_s: NotRequired[int]
    """Seconds a message is hidden while it is worked on: six times the function's timeout. Default 360, up to 43200."""
    max_receives: NotRequired[int]
    """Times a message is tried before it goes to the dead-letter queue. Default 5, from 3 to 1000."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that encrypts the messages. Default: a key that SQS keeps itself."""
    deletion_protection: NotRequired[bool]
    """Refuses to delete or replace the queues, because accepted messages are in them. Default true."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for every resource that takes tags. Default: only the component's own."""


class MessageQueue(AssistantComponent):
    """An ordered queue whose failures land where somebody looks: two FIFO queues that refuse connections without TLS.

    Messages of one group stay in order, groups run side by side (high throughput). Paid per request. Raises InputError.
    """

    queue_url: pulumi.Output[str]
    """URL that producers send to."""
    queue_arn: pulumi.Output[str]
    """ARN of the queue, for policies and event sources."""
    queue_name: pulumi.Output[str]
    """Name of the queue, for alarms."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the queue that keeps what could not be handled."""
    dead_letter_queue_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    dead_letter_queue_name: pulumi.Output[str]
    """Name of the dead-letter queue, for alarms."""

    def __init__(self, name: str, args: MessageQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-dead", limit=QUEUE_NAME_CHARS_MAX - len(FIFO_ENDING))
        spec = read_spec(_Spec, f"MessageQueue {name!r}", MessageQueueArgs, args, wrong)
        super().__init__(name, spec, opts)
        dead = self._queue("dead", spec, args, days=DEAD_LETTER_DAYS)
        target = pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": spec.max_receives})
        main = self._queue("main", spec, args, days=spec.retention_days, redrive_policy=target)
        aws.sqs.RedriveAllowPolicy(
            self._child("redrive"),
            queue_url=dead.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [main.arn]}
            ),
            opts=self._opts(),
        )
        self.queue_url, self.queue_arn, self.queue_name = main.url, main.arn, main.name
        self.dead_letter_queue_url, self.dead_letter_queue_arn = dead.url, dead.arn
        self.dead_letter_queue_name = dead.name
        self._finish()

    def _queue(self, suffix: str, spec: _Spec, args: MessageQueueArgs, *, days: int, **extra: Any) -> "aws.sqs.Queue":
        key = args.get("kms_key_arn")
        encryption: dict[str, Any] = {"sqs_managed_sse_enabled": True} if key is None else {"kms_master_key_id": key}
        queue = aws.sqs.Queue(
            self._child(suffix),
            fifo_queue=True,
            content_based_deduplication=False,  # producers say what is the same message
            deduplication_scope="messageGroup",
            fifo_throughput_limit="perMessageGroupId",
            message_retention_seconds=days * DAY_SECONDS,
            visibility_timeout_seconds=spec.visibility_timeout_s,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            tags=self._tags(args.get("tags")),
            opts=self._opts(protect=True if spec.deletion_protection else None),
            **encryption,
            **extra,
        )
        aws.sqs.QueuePolicy(
            self._child(f"{suffix}-policy"),
            queue_url=queue.url,
            policy=document([deny_insecure_transport("sqs:*", queue.arn)]),
            opts=self._opts(),
        )
        return queue
