"""Section `deploy`: whose deployment it is, how it is kept, protected and watched."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from stacks.settings.group import Group, words


def _a_number(value: Any) -> Any:
    if isinstance(value, bool):  # True equals 1, and a choice only asks what is equal
        raise ValueError("not a number")
    return value


LogDays = Annotated[  # what CloudWatch Logs offers
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    BeforeValidator(_a_number),
]
DataClass = Literal["public", "internal", "confidential", "restricted"]

_TAG = r"^[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]{0,127}$"
_TAG_WORDS = "1 to 128 letters, digits, spaces or . _ : / = + @ -, a letter or digit first"
Subnet = Annotated[
    str,
    Field(pattern=r"^subnet-[0-9a-f]{8,17}$", json_schema_extra=words(expected="a subnet id such as subnet-0a1b2c3d")),
]
SecurityGroup = Annotated[
    str,
    Field(pattern=r"^sg-[0-9a-f]{8,17}$", json_schema_extra=words(expected="a security group id such as sg-0a1b2c3d")),
]
Email = Annotated[
    str,
    Field(
        pattern=r"^[^@\s:]+@[^@\s:]+\.[^@\s:]+$",
        max_length=254,
        json_schema_extra=words(expected="an e-mail address such as ops@example.com"),
    ),
]


class Retention(Group):
    """How long things are kept."""

    log_days: LogDays = Field(default=30, description="Days a log line is kept.", json_schema_extra=words(unit="days"))
    session_days: int = Field(
        default=30,
        ge=1,
        le=3_650,
        description="Days a message and its reply are kept in the session.",
        json_schema_extra=words(unit="days"),
    )
    message_days: int = Field(
        default=4,
        ge=1,
        le=13,
        description="Days an unread message is kept. Messages that could not be processed are kept for 14.",
        json_schema_extra=words(unit="days"),
    )


class Network(Group):
    """A network of yours in which the functions run. It needs a way to the services they call."""

    subnet_ids: list[Subnet] = Field(min_length=1, max_length=16, description="Subnets of one VPC. Required here.")
    security_group_ids: list[SecurityGroup] = Field(
        min_length=1, max_length=5, description="Security groups of that VPC. Required here."
    )


class Deploy(Group):
    """Whose deployment it is, how it is kept, protected and watched."""

    environment: str = Field(
        pattern=r"^[a-z][a-z0-9-]{0,15}$",
        description="Name of the environment, for the tag `Environment`. Required: nobody else knows it.",
        json_schema_extra=words(expected="1 to 16 lower-case letters, digits or hyphens, a letter first"),
    )
    owner: str = Field(
        pattern=_TAG,
        description="The person or team that answers for it, for the tag `Owner`. Required: nobody else knows it.",
        json_schema_extra=words(expected=_TAG_WORDS),
    )
    cost_center: str = Field(
        default="unallocated",
        pattern=_TAG,
        description="Who pays, for the tag `CostCenter`.",
        json_schema_extra=words(expected=_TAG_WORDS),
    )
    data_class: DataClass = Field(
        default="confidential", description="How sensitive the conversations are, for the tag `DataClass`."
    )
    deletion_protection: bool = Field(
        default=True,
        description="Refuses to delete the sessions and the queues. Confidential data needs it.",
    )
    own_key: bool = Field(
        default=False, description="Makes an encryption key for this stack (KMS). Without one, AWS-owned keys encrypt."
    )
    kms_key_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,128}$",
        description="An encryption key of yours, in the stack's region, instead of own_key.",
        json_schema_extra=words(expected="a key's ARN such as arn:aws:kms:<region>:<account>:key/<id>"),
    )
    alarm_emails: list[Email] = Field(
        default=[], max_length=20, description="Who is told when an alarm goes off. Each address has to confirm once."
    )
    alarm_topic_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$",
        description="An SNS topic of yours for the alarms, in the stack's region, instead of alarm_emails.",
        json_schema_extra=words(expected="a topic's ARN such as arn:aws:sns:<region>:<account>:<name>"),
    )
    network: Network | None = Field(
        default=None, description="A network of yours for the functions. Left out: they run outside of any VPC."
    )
    retention: Retention = Field(default=Retention(), description="How long things are kept.")
