"""An encryption key of the assistant's own."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from assistant_components._base import AssistantComponent
from assistant_components._naming import KEY_ALIAS_CHARS_MAX, name_faults
from assistant_components.security import roles
from assistant_components.validation import Spec, read_spec

DELETION_WINDOW_DAYS = 30  # the longest time in which a deletion can be taken back
YEAR_DAYS = 365


class _Spec(Spec):
    resource_prefix: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    deletion_protection: bool = True


class OwnKeyArgs(TypedDict):
    """Arguments of OwnKey."""

    resource_prefix: NotRequired[str]
    """How the names of log groups and alarms that may use the key begin. Default none: the component's own name."""
    deletion_protection: NotRequired[bool]
    """Refuses to delete the key, without which everything it encrypted is lost. Default true."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for the key. Default: only the component's own."""


class OwnKey(AssistantComponent):
    """A KMS key that rotates every year and takes 30 days to go, for one stack's queues, table, topics and logs.

    IAM decides who uses it; CloudWatch may use it for log groups and alarms with the prefix in their name.
    Creates a key and an alias. Paid per month and per request. Raises InputError.
    """

    key_arn: pulumi.Output[str]
    """ARN of the key."""
    alias_name: pulumi.Output[str]
    """Name of the alias, for people."""

    def __init__(self, name: str, args: OwnKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-alias", limit=KEY_ALIAS_CHARS_MAX - len("alias/"))
        spec = read_spec(_Spec, f"OwnKey {name!r}", OwnKeyArgs, args, wrong)
        super().__init__(name, spec, opts)
        partition = aws.get_partition_output(opts=self._lookup())
        key = aws.kms.Key(
            self._child("key"),
            description=f"Encrypts what {spec.resource_prefix or name} keeps",
            enable_key_rotation=True,
            rotation_period_in_days=YEAR_DAYS,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=roles.document(
                roles.key_statements(
                    spec.resource_prefix or name,
                    partition=partition.partition,
                    dns_suffix=partition.dns_suffix,
                    region=aws.get_region_output(opts=self._lookup()).region,
                    account=aws.get_caller_identity_output(opts=self._lookup()).account_id,
                )
            ),
            tags=self._tags(args.get("tags")),
            opts=self._opts(protect=True if spec.deletion_protection else None),
        )
        alias = aws.kms.Alias(self._child("alias"), target_key_id=key.key_id, opts=self._opts())
        self.key_arn, self.alias_name = key.arn, alias.name
        self._finish()
