"""The alarms of a queue: something could not be handled, or waits too long."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from assistant_components._base import AssistantComponent
from assistant_components._naming import ALARM_NAME_CHARS_MAX, name_faults
from assistant_components.validation import Spec, Whole, read_spec

PERIOD_SECONDS = 60
AGE_PERIODS = 3  # a single late minute wakes nobody


class _Spec(Spec):
    oldest_message_s: Annotated[int, Whole] = Field(default=300, ge=60, le=86_400)


class QueueAlarmsArgs(TypedDict):
    """Arguments of QueueAlarms."""

    queue_name: pulumi.Input[str]
    """Name of the queue whose oldest message is watched."""
    dead_letter_queue_name: pulumi.Input[str]
    """Name of its dead-letter queue, in which any message is an alarm."""
    topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that is told when an alarm goes off and when it ends."""
    oldest_message_s: NotRequired[int]
    """Seconds that a message may wait. Default 300, from 60 to 86400."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for the alarms. Default: only the component's own."""


class QueueAlarms(AssistantComponent):
    """Tells a topic when a message lands in the dead-letter queue, and when messages wait too long.

    Creates two CloudWatch alarms, paid per month. Raises InputError.
    """

    alarm_arns: pulumi.Output[list[str]]
    """ARNs of the alarms."""

    def __init__(self, name: str, args: QueueAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-dead-letters", limit=ALARM_NAME_CHARS_MAX)
        spec = read_spec(_Spec, f"QueueAlarms {name!r}", QueueAlarmsArgs, args, wrong)
        super().__init__(name, spec, opts)
        dead = self._alarm(
            "dead-letters",
            args,
            queue=args["dead_letter_queue_name"],
            metric_name="ApproximateNumberOfMessagesVisible",
            threshold=0,
            evaluation_periods=1,
            alarm_description="Messages could not be handled and wait in the dead-letter queue.",
        )
        late = self._alarm(
            "oldest-message",
            args,
            queue=args["queue_name"],
            metric_name="ApproximateAgeOfOldestMessage",
            threshold=spec.oldest_message_s,
            evaluation_periods=AGE_PERIODS,
            alarm_description=f"The oldest message waits for more than {spec.oldest_message_s} seconds.",
        )
        self.alarm_arns = pulumi.Output.all(dead.arn, late.arn)
        self._finish()

    def _alarm(
        self, suffix: str, args: QueueAlarmsArgs, *, queue: pulumi.Input[str], **extra: Any
    ) -> "aws.cloudwatch.MetricAlarm":
        return aws.cloudwatch.MetricAlarm(
            self._child(suffix),
            namespace="AWS/SQS",
            dimensions={"QueueName": queue},
            statistic="Maximum",
            period=PERIOD_SECONDS,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",  # an idle queue reports nothing
            actions_enabled=True,
            alarm_actions=[args["topic_arn"]],
            ok_actions=[args["topic_arn"]],
            tags=self._tags(args.get("tags")),
            opts=self._opts(),
            **extra,
        )
