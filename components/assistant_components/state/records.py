"""The table that keeps what is needed for a while: which messages were taken in, cached replies, usage, connections."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from assistant_components._base import AssistantComponent
from assistant_components._naming import TABLE_NAME_CHARS_MAX, name_faults
from assistant_components.state.sessions import EXPIRY_ATTRIBUTE, PARTITION_KEY, SORT_KEY
from assistant_components.validation import Spec, read_spec

TEMPORARY = "temporary"  # the tag `data` of tables whose loss costs no conversation


class _Spec(Spec):
    pass


class RecordsTableArgs(TypedDict):
    """Arguments of RecordsTable."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that encrypts the table. Default: the account's own key for DynamoDB."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for the table. Default: only the component's own."""


class RecordsTable(AssistantComponent):
    """Records that expire: which messages were taken in, cached replies, usage by day, open connections. Encrypted.

    Neither restorable nor protected from deletion: it holds no conversation, most records live for minutes to days,
    and what an old copy says about them is wrong. Losing it may answer a repeated message twice and forgets what was
    used today. Paid per request. Raises InputError.
    """

    table_name: pulumi.Output[str]
    """Name of the table."""
    table_arn: pulumi.Output[str]
    """ARN of the table, for policies."""

    def __init__(self, name: str, args: RecordsTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-table", limit=TABLE_NAME_CHARS_MAX)
        spec = read_spec(_Spec, f"RecordsTable {name!r}", RecordsTableArgs, args, wrong)
        super().__init__(name, spec, opts)
        table = aws.dynamodb.Table(
            self._child("table"),
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            attributes=[{"name": PARTITION_KEY, "type": "S"}, {"name": SORT_KEY, "type": "S"}],
            billing_mode="PAY_PER_REQUEST",
            ttl={"enabled": True, "attribute_name": EXPIRY_ATTRIBUTE},
            server_side_encryption={"enabled": True, "kms_key_arn": args.get("kms_key_arn")},
            tags=self._tags(args.get("tags"), data=TEMPORARY),
            opts=self._opts(),
        )
        self.table_name, self.table_arn = table.name, table.arn
        self._finish()
