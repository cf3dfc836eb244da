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
    key, topic = resource.text("kmsMasterKeyId"), resource.type.startswith("aws:sns")
    linked = cx.stack.targets(resource, "kmsMasterKeyId", "aws:kms/key:Key", "aws:kms/alias:Alias")
    ours = cx.settings.environment == "prod"
    if isinstance(key, str) and key.endswith("alias/aws/sns") and topic:
        yield fail("kmsMasterKeyId is alias/aws/sns, with which alarms cannot publish")
    elif isinstance(key, str) and key.rpartition("alias/")[2].startswith("aws/") and ours:
        yield fail("kmsMasterKeyId is a key of AWS, expected one of ours")
    elif linked.certain or isinstance(key, str):
        yield passed("a key encrypts it")
    elif key is UNKNOWN:
        yield unknown(resource.lack("kmsMasterKeyId"))
    elif ours:
        yield fail("kmsMasterKeyId is absent")
    elif topic:
        # SNS encrypts disks anyway; the AWS-managed key would keep alarms from arriving, so no key is right here.
        yield passed("no key of ours, outside of prod")
    else:
        yield _managed(resource)


def _managed(queue: Resource) -> Verdict:
    managed = queue.flag("sqsManagedSseEnabled")
    if managed is UNKNOWN:
        return unknown(queue.lack("sqsManagedSseEnabled"))
    if managed is False:
        return fail("sqsManagedSseEnabled is false and kmsMasterKeyId is absent")
    return passed("SQS encrypts it, as it does when the program says nothing")
