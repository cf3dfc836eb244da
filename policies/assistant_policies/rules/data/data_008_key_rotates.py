"""ASSIST-DATA-008."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

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
    usage, spec = resource.read("keyUsage"), resource.read("customerMasterKeySpec")
    symmetric = usage in (ABSENT, "ENCRYPT_DECRYPT") and spec in (ABSENT, "SYMMETRIC_DEFAULT")
    if UNKNOWN in (usage, spec):
        yield unknown("keyUsage or customerMasterKeySpec is not known yet")
    elif symmetric:
        rotation = resource.read("enableKeyRotation")
        if rotation is UNKNOWN:
            yield unknown("enableKeyRotation is not known yet")
        elif rotation is not True:
            yield fail("enableKeyRotation is not true")
    days = resource.read("deletionWindowInDays")
    least = cx.settings.key_deletion_days_min
    if days is UNKNOWN:
        yield unknown("deletionWindowInDays is not known yet")
    elif (DEFAULT_DAYS if days is ABSENT else days) < least:
        yield fail(f"deletionWindowInDays is {days}, expected at least {least}")
    if resource.read("bypassPolicyLockoutSafetyCheck") is True:
        yield fail("bypassPolicyLockoutSafetyCheck is true")
    yield passed()
