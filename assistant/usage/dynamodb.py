"""Usage in the records' table: items `<day>#<conversation>` of the partition `<tenant>#usage`."""

import time
from collections.abc import Callable
from typing import Any

from assistant import aws
from assistant.usage import KEPT_SECONDS, Spent

ADD = "ADD tokens_in :in, tokens_out :out, usd :usd SET expires_at = if_not_exists(expires_at, :end)"


class DynamoUsage:
    """The `Usage` protocol. Needs dynamodb:UpdateItem and, where a limit is set, GetItem.

    DynamoDB adds by itself. An answer that is lost on its way is asked for again, so a sum may be a little too high.
    """

    def __init__(self, table: str, *, client: Any = None, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = table, clock
        self._client = client or aws.client("dynamodb", connect_timeout_s=1, read_timeout_s=2, attempts=2)

    def add(self, tenant: str, conversation: str, day: str, tokens_in: int, tokens_out: int, usd: float) -> None:
        """See `Usage`."""
        values = {
            ":in": {"N": str(tokens_in)}, ":out": {"N": str(tokens_out)}, ":usd": {"N": f"{usd:.12f}"},
            ":end": {"N": str(int(self._clock()) + KEPT_SECONDS)},
        }  # fmt: skip
        for of in sorted({"", conversation}):  # the sums without a conversation are the tenant's
            self._client.update_item(
                TableName=self._table, Key=_where(tenant, day, of), UpdateExpression=ADD,
                ExpressionAttributeValues=values,
            )  # fmt: skip

    def spent(self, tenant: str, day: str, conversation: str = "") -> Spent:
        """See `Usage`."""
        where = _where(tenant, day, conversation)
        item = self._client.get_item(TableName=self._table, Key=where, ConsistentRead=True).get("Item")
        if not item:
            return Spent()
        return Spent(int(item["tokens_in"]["N"]), int(item["tokens_out"]["N"]), float(item["usd"]["N"]))


def _where(tenant: str, day: str, conversation: str) -> dict[str, Any]:
    return {"pk": {"S": f"{tenant}#usage"}, "sk": {"S": f"{day}#{conversation}"}}
