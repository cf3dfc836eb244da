"""Where alarms go."""

from collections.abc import Mapping
from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field, field_validator

from assistant_components._base import AssistantComponent
from assistant_components._naming import TOPIC_NAME_CHARS_MAX, name_faults
from assistant_components.security import roles
from assistant_components.validation import Spec, read_spec

EMAIL_PATTERN = r"^[^@\s:]+@[^@\s:]+\.[^@\s:]+$"
Email = Annotated[str, Field(pattern=EMAIL_PATTERN, max_length=254)]


class _Spec(Spec):
    emails: list[Email] = Field(default=[], max_length=20)

    @field_validator("emails")
    @classmethod
    def _once(cls, emails: list[str]) -> list[str]:
        if len(set(emails)) < len(emails):
            raise ValueError("each address once")
        return emails


class AlarmTopicArgs(TypedDict):
    """Arguments of AlarmTopic."""

    emails: NotRequired[list[str]]
    """Who is told. Each address gets a message from AWS and has to confirm once. Default nobody."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that CloudWatch may use. Default none: with the key of SNS itself no alarm would arrive."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for the topic. Default: only the component's own."""


class AlarmTopic(AssistantComponent):
    """An SNS topic that alarms of this account may publish to, over TLS, and that tells people by e-mail.

    Creates topic, policy and a subscription per address. Costs next to nothing. Raises InputError.
    """

    topic_arn: pulumi.Output[str]
    """ARN of the topic, as the action of alarms."""

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-topic", limit=TOPIC_NAME_CHARS_MAX)
        spec = read_spec(_Spec, f"AlarmTopic {name!r}", AlarmTopicArgs, args, wrong)
        super().__init__(name, spec, opts)
        topic = aws.sns.Topic(
            self._child("topic"),
            kms_master_key_id=args.get("kms_key_arn"),
            tags=self._tags(args.get("tags")),
            opts=self._opts(),
        )
        aws.sns.TopicPolicy(
            self._child("policy"),
            arn=topic.arn,
            policy=roles.document(
                roles.topic_statements(
                    topic.arn,
                    partition=aws.get_partition_output(opts=self._lookup()).partition,
                    region=aws.get_region_output(opts=self._lookup()).region,
                    account=aws.get_caller_identity_output(opts=self._lookup()).account_id,
                )
            ),
            opts=self._opts(),
        )
        for email in spec.emails:
            aws.sns.TopicSubscription(
                self._child(f"email-{email}"), topic=topic.arn, protocol="email", endpoint=email, opts=self._opts()
            )
        self.topic_arn = topic.arn
        self._finish()
