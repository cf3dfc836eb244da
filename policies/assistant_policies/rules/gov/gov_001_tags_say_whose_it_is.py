"""ASSIST-GOV-001."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

# Types that take tags, as far as the other rules of this pack speak of them; any resource that has tags is judged as well.
TAGGED = frozenset(
    {
        "aws:apigatewayv2/api:Api",
        "aws:apigatewayv2/stage:Stage",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:dynamodb/table:Table",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:lambda/function:Function",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
        "aws:ssm/parameter:Parameter",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/instance:Instance",
    }
)


@rule(
    "ASSIST-GOV-001",
    title="Every resource says whose it is and what it belongs to",
    types=["*"],
    severity=Severity.MEDIUM,
    gate="G1",
    scope=Scope.RESOURCE,
    why="cost, tenants and owners are read from tags",
    fix="tags on the component or default_tags on the provider: Project, Environment, Owner, CostCenter, DataClass",
    refs=["own"],
)
def tags_say_whose_it_is(resource: Resource, cx: Context) -> Iterable[Verdict]:
    tags = resource.read("tags")
    if tags is ABSENT and resource.type not in TAGGED:
        return
    default = resource.provider.get("defaultTags")
    if tags is UNKNOWN or default is UNKNOWN:
        yield unknown("tags are not known yet")
        return
    inherited = default.get("tags") if isinstance(default, dict) else None
    merged = {**(inherited if isinstance(inherited, dict) else {}), **(tags if isinstance(tags, dict) else {})}
    missing = [name for name in cx.settings.required_tags if name not in merged]
    if missing:
        yield fail(f"tags lack {', '.join(missing)}")
    yield passed()
