"""Cuts the full facts about the AWS provider down to the types that the stand-in knows.

    python tools/trim_aws_facts.py FULL_FACTS.json [sandbox/aws/data/facts.json]

The full file says for 537 resource types what the provider's schema demands and what a change replaces; its format is
described in sandbox/aws/data/README.md. A type is added by adding its token below and running this again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "sandbox" / "aws" / "data" / "facts.json"
TYPES = """
apigatewayv2/api apigatewayv2/apiMapping apigatewayv2/authorizer apigatewayv2/deployment apigatewayv2/domainName
apigatewayv2/integration apigatewayv2/route apigatewayv2/stage
appautoscaling/policy appautoscaling/scheduledAction appautoscaling/target
budgets/budget
cloudwatch/compositeAlarm cloudwatch/dashboard cloudwatch/eventBus cloudwatch/eventRule cloudwatch/eventTarget
cloudwatch/logGroup cloudwatch/logMetricFilter cloudwatch/logResourcePolicy cloudwatch/logSubscriptionFilter
cloudwatch/metricAlarm
dynamodb/table
ebs/volume
ec2/launchTemplate ec2/routeTable ec2/routeTableAssociation ec2/securityGroup ec2/subnet ec2/vpc ec2/vpcEndpoint
iam/instanceProfile iam/policy iam/policyAttachment iam/role iam/rolePolicy iam/rolePolicyAttachment
kms/alias kms/grant kms/key kms/keyPolicy kms/replicaKey
lambda/alias lambda/eventSourceMapping lambda/function lambda/functionUrl lambda/layerVersion lambda/permission
lambda/provisionedConcurrencyConfig
s3/bucket s3/bucketLifecycleConfiguration s3/bucketNotification s3/bucketObject s3/bucketObjectv2
s3/bucketOwnershipControls s3/bucketPolicy s3/bucketPublicAccessBlock s3/bucketServerSideEncryptionConfiguration
s3/bucketVersioning
scheduler/schedule scheduler/scheduleGroup
secretsmanager/secret secretsmanager/secretPolicy secretsmanager/secretVersion
sns/topic sns/topicPolicy sns/topicSubscription
sqs/queue sqs/queuePolicy sqs/redriveAllowPolicy sqs/redrivePolicy
ssm/parameter
vpc/securityGroupIngressRule
"""
KEPT_OF_A_TYPE = ("properties", "config_validators", "no_update", "tagged", "deprecated", "not_in_source")
# The full file says that these have no update step. Their schemas share one function for create and update, which the
# parser took for the lack of one; the provider's own resources update the queue's attribute in place.
UPDATED_IN_PLACE = ("sqs/queuePolicy", "sqs/redriveAllowPolicy", "sqs/redrivePolicy")
DROPPED_OF_A_PROPERTY = {"terraform", "plan_modifiers", "validators"}  # names of functions and of another world


def token(short: str) -> str:
    """`sqs/queue` -> `aws:sqs/queue:Queue`."""
    name = short.partition("/")[2]
    return f"aws:{short}:{name[0].upper()}{name[1:]}"


def trimmed(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties without what the stand-in has no use for."""
    kept: dict[str, Any] = {}
    for name, facts in properties.items():
        kept[name] = {key: value for key, value in facts.items() if key not in DROPPED_OF_A_PROPERTY}
        if "nested" in facts:
            kept[name]["nested"] = trimmed(facts["nested"])
    return kept


def references(properties: dict[str, Any]) -> set[str]:
    """Names of the shared blocks that these properties use directly."""
    found: set[str] = set()
    for facts in properties.values():
        found |= {facts["nested_ref"]} if "nested_ref" in facts else references(facts.get("nested", {}))
    return found


def trim(full: dict[str, Any]) -> dict[str, Any]:
    """The facts of TYPES with the shared blocks they need. KeyError names a type that the full file lacks."""
    types: dict[str, Any] = {}
    for name in map(token, TYPES.split()):
        facts = full["types"][name]
        types[name] = {key: facts[key] for key in KEPT_OF_A_TYPE if key in facts}
        types[name]["properties"] = trimmed(facts["properties"])
        if name in map(token, UPDATED_IN_PLACE):
            types[name].pop("no_update", None)
        if facts["implementation"] == "framework":
            types[name]["framework"] = True
    shared: dict[str, Any] = {}
    waiting = set[str]().union(*(references(facts["properties"]) for facts in types.values()))
    while waiting:
        block = waiting.pop()
        shared[block] = trimmed(full["shared"][block])
        waiting |= references(shared[block]) - set(shared)
    return {"source": full["source"], "shared": dict(sorted(shared.items())), "types": types}


def main(arguments: list[str]) -> int:
    """Writes one type per line, so that a difference shows which type changed."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    facts = trim(json.loads(Path(arguments[0]).read_text()))
    lines = {
        part: ",\n".join(
            f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'), ensure_ascii=False)}"
            for name, value in facts[part].items()
        )
        for part in ("shared", "types")
    }
    text = '{{"source":{},\n"shared":{{\n{}\n}},\n"types":{{\n{}\n}}}}\n'.format(
        json.dumps(facts["source"]), lines["shared"], lines["types"]
    )
    json.loads(text)
    Path(arguments[1] if len(arguments) == 2 else OUT).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
