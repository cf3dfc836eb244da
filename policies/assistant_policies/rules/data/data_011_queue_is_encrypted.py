"""ASSIST-DATA-011."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-DATA-011",
    title="A queue or topic is encrypted; in prod with a key of ours",
    types=["aws:sqs/queue:Queue", "aws:sns/topic:Topic"],
    severity=Severity.MEDIUM,
    gate="G1",
    scope=Scope.STACK,
    why="messages of people lie in it until they are answered",
    fix="kms_master_key_id=key.arn, or sqs_managed_sse_enabled=True outside of prod",
    refs=["FSBP SQS.1", "FSBP SNS.1", "CKV_AWS_26", "CKV_AWS_27"],
)
def queue_is_encrypted(resource: Resource, cx: Context) -> Iterable[Verdict]:
    key, managed = resource.read("kmsMasterKeyId"), resource.read("sqsManagedSseEnabled")
    needs_key = cx.settings.environment == "prod"
    linked = cx.stack.targets(resource, "kmsMasterKeyId", "aws:kms/key:Key", "aws:kms/alias:Alias")
    if linked.certain or isinstance(key, str):
        if resource.type.startswith("aws:sns") and key == "alias/aws/sns":
            yield fail("kmsMasterKeyId is alias/aws/sns, with which alarms cannot publish")
        yield passed("a key encrypts it")
    elif key is UNKNOWN:
        yield unknown("kmsMasterKeyId is not known yet")
    elif needs_key:
        yield fail("kmsMasterKeyId is absent")
    elif resource.type.startswith("aws:sns"):
        # SNS encrypts disks anyway; the AWS-managed key would keep alarms from arriving, so no key is right here.
        yield passed("no key of ours, outside of prod")
    elif managed is UNKNOWN:
        yield unknown("sqsManagedSseEnabled is not known yet")
    elif managed is False:
        yield fail("sqsManagedSseEnabled is false and kmsMasterKeyId is absent")
    else:
        yield passed("SQS encrypts it, as it does when the program says nothing")
