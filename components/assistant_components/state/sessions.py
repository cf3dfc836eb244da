"""The table that keeps the conversations."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from assistant_components._base import AssistantComponent
from assistant_components._naming import TABLE_NAME_CHARS_MAX, name_faults
from assistant_components.validation import Spec, read_spec

PARTITION_KEY = "pk"  # tenant, channel and conversation
SORT_KEY = "sk"  # the turn or the message that was seen
EXPIRY_ATTRIBUTE = "expires_at"  # seconds since 1970


class _Spec(Spec):
    deletion_protection: bool = True


class SessionTableArgs(TypedDict):
    """Arguments of SessionTable."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that encrypts the table. Default: the account's own key for DynamoDB."""
    deletion_protection: NotRequired[bool]
    """Refuses to delete or replace the table, in Pulumi and in AWS. Default true."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for the table. Default: only the component's own."""


class SessionTable(AssistantComponent):
    """Conversations in a DynamoDB table: encrypted, expiring, restorable to any second of the last 35 days.

    Paid per request and per GB kept, point-in-time recovery per GB besides. Raises InputError.
    """

    table_name: pulumi.Output[str]
    """Name of the table."""
    table_arn: pulumi.Output[str]
    """ARN of the table, for policies."""

    def __init__(self, name: str, args: SessionTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-table", limit=TABLE_NAME_CHARS_MAX)
        spec = read_spec(_Spec, f"SessionTable {name!r}", SessionTableArgs, args, wrong)
        super().__init__(name, spec, opts)
        table = aws.dynamodb.Table(
            self._child("table"),
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            attributes=[{"name": PARTITION_KEY, "type": "S"}, {"name": SORT_KEY, "type": "S"}],
            billing_mode="PAY_PER_REQUEST",
            ttl={"enabled": True, "attribute_name": EXPIRY_ATTRIBUTE},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": args.get("kms_key_arn")},
            deletion_protection_enabled=spec.deletion_protection,
            tags=self._tags(args.get("tags"), data="conversation"),
            opts=self._opts(protect=True if spec.deletion_protection else None),
        )
        self.table_name, self.table_arn = table.name, table.arn
        self._finish()
