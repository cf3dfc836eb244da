"""ASSIST-DATA-008."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

SYMMETRIC = {"keyUsage": "ENCRYPT_DECRYPT", "customerMasterKeySpec": "SYMMETRIC_DEFAULT"}
DEFAULT_DAYS = 30  # what KMS waits when the program says nothing


@rule(
    "ASSIST-DATA-008",
    title="A key rotates and is not deleted in a hurry",
    types=["aws:kms/key:Key"],
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.RESOURCE,
    why="what a deleted key has encrypted can never be read again",
    fix="enable_key_rotation=True, deletion_window_in_days=30, and no bypass_policy_lockout_safety_check",
    refs=["FSBP KMS.3", "FSBP KMS.4", "CIS 3.6", "CKV_AWS_7"],
)
def key_rotates(resource: Resource, cx: Context) -> Iterable[Verdict]:
    kinds = {name: resource.text(name) for name in SYMMETRIC}
    # Only symmetric keys for encryption rotate by themselves.
    if all(kinds[name] in (ABSENT, UNKNOWN, usual) for name, usual in SYMMETRIC.items()):
        rotation = resource.flag("enableKeyRotation")
        undecided = [name for name, kind in (*kinds.items(), ("enableKeyRotation", rotation)) if kind is UNKNOWN]
        if rotation is not True:
            yield unknown(resource.lack(undecided[0])) if undecided else fail("enableKeyRotation is not true")
    days, least = resource.number("deletionWindowInDays"), cx.settings.key_deletion_days_min
    if days is UNKNOWN:
        yield unknown(resource.lack("deletionWindowInDays"))
    elif (DEFAULT_DAYS if days is ABSENT else days) < least:
        yield fail(f"deletionWindowInDays is {days}, expected at least {least}")
    bypass = resource.flag("bypassPolicyLockoutSafetyCheck")
    if bypass is UNKNOWN:
        yield unknown(resource.lack("bypassPolicyLockoutSafetyCheck"))
    elif bypass is True:
        yield fail("bypassPolicyLockoutSafetyCheck is true")
    yield passed()
