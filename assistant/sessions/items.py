"""Sessions as items of a DynamoDB table: their keys, and what an item says."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from assistant.messages import part_of_key
from assistant.sessions import SessionsUnavailableError, Turn

ABSENT = "attribute_not_exists(pk) OR expires_at <= :now"  # the table's TTL deletes late, so expired means absent
ERROR_HERE = "id = :id AND #error = :true"
SUMMARY = "summary"
REFUSED = "ConditionalCheckFailed"

Item = dict[str, Any]


def where(key: str, sort: str) -> Item:
    """The key of an item of a conversation."""
    return {"pk": {"S": key}, "sk": {"S": sort}}


def turn_of(item: Mapping[str, Any]) -> Turn:
    """The turn in an item `turn#<n>`."""
    text, reply, at, user = item["text"]["S"], item["reply"]["S"], item["at"]["S"], item.get("user", {"S": ""})["S"]
    return Turn(item["id"]["S"], text, reply, at, item["error"]["BOOL"], user, int(item["n"]["N"]))


def expiry(item: Mapping[str, Any]) -> int:
    """Epoch seconds."""
    return int(item["expires_at"]["N"])


def puts(table: str, key: str, turn: Turn, expires_at: int, now: int, *, replaces: bool) -> list[Item]:
    """Writes a turn and, unless it is an empty place, that its message is answered: where nothing is that has not
    expired, or with `replaces` where an error of the same message is."""
    common = {
        "pk": {"S": key}, "id": {"S": turn.id}, "n": {"N": str(turn.n)}, "error": {"BOOL": turn.error},
        "expires_at": {"N": str(expires_at)},
    }  # fmt: skip
    said = {"text": {"S": turn.text}, "reply": {"S": turn.reply}, "at": {"S": turn.at}, "user": {"S": turn.user}}
    check: Item = {"TableName": table, "ConditionExpression": ERROR_HERE if replaces else ABSENT}
    if replaces:
        check["ExpressionAttributeNames"] = {"#error": "error"}
        check["ExpressionAttributeValues"] = {":id": {"S": turn.id}, ":true": {"BOOL": True}}
    else:
        check["ExpressionAttributeValues"] = {":now": {"N": str(now)}}
    made: list[Item] = [{"Put": {**check, "Item": {**common, **said, "sk": {"S": f"turn#{turn.n:012d}"}}}}]
    if not turn.erased:
        made.append({"Put": {**check, "Item": {**common, "sk": {"S": f"seen#{turn.id}"}}}})
    return made


def user_partition(tenant: str, channel: str, user: str) -> str:
    """The partition that lists a person's conversations. `channel` is `<channel>[.<installation>]`."""
    return f"{tenant}#user#{channel}#{part_of_key(user)}"


def listed(table: str, key: str, user: str, expires_at: int) -> Item:
    """Writes that the conversation is one of this person's."""
    tenant, channel, _ = key.split("#", 2)
    item = {**where(user_partition(tenant, channel, user), key), "expires_at": {"N": str(expires_at)}}
    return {"Put": {"TableName": table, "Item": item}}


@contextmanager
def told() -> Generator[None]:
    """What goes wrong with the table, as SessionsUnavailableError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise SessionsUnavailableError(
            f"sessions: {error.operation_name}: {error.response['Error']['Code']}"
        ) from error
    except BotoCoreError as error:
        raise SessionsUnavailableError(f"sessions: {type(error).__name__}") from error
