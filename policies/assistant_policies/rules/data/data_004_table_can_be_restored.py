"""ASSIST-DATA-004."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import UNKNOWN
from assistant_policies.logic.kleene import Truth, every
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

PATHS = (("pointInTimeRecovery", "enabled"), ("deletionProtectionEnabled",))
TEMPORARY = "temporary"  # the tag `data` of a table of records that expire: an old copy of them would be wrong


@rule(
    "ASSIST-DATA-004",
    title="A table can be restored and is not deleted by accident",
    types=["aws:dynamodb/table:Table"],
    severity=Severity.HIGH,
    gate="G2",
    scope=Scope.RESOURCE,
    why="a table without recovery is gone with one wrong write or one wrong destroy",
    fix="point_in_time_recovery={'enabled': True}, deletion_protection_enabled=True",
    refs=["FSBP DynamoDB.2", "FSBP DynamoDB.6", "CKV_AWS_28"],
)
def table_can_be_restored(resource: Resource, cx: Context) -> Iterable[Verdict]:
    temporary = _is_temporary(resource)
    if temporary is True:
        yield passed("what it keeps is temporary, and expires")
        return
    for path in PATHS:
        value = resource.flag(*path)
        if value is UNKNOWN:
            yield unknown(resource.lack(*path))
        elif value is not True and temporary is None:
            yield unknown(
                f"{'.'.join(path)} is not true, which is right for temporary records; tags.data or ttl is not known"
            )
        elif value is not True:
            yield fail(f"{'.'.join(path)} is not true")
    yield passed()


def _is_temporary(table: Resource) -> Truth:
    tag, expires = table.text("tags", "data"), table.flag("ttl", "enabled")
    return every((None if tag is UNKNOWN else tag == TEMPORARY, None if expires is UNKNOWN else expires is True))
