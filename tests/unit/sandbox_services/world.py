"""What a resource under test needs around it: made once per session, through the provider itself."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.provider.assets import AssetRef
from tests.unit.sandbox_services.acting import Acting, Made, archive

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def allow(*actions: str, resource: str = "*") -> str:
    """An identity policy."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def deny_plain(service: str, *resources: str) -> str:
    """A resource policy that denies requests without TLS."""
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": f"{service}:*", "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class World:
    """Resources that others hang on."""

    def __init__(self, acting: Acting, directory: Path) -> None:
        self.acting, self.directory = acting, directory

    def code(self, source: str = "def handle(event, context):\n    return event\n") -> AssetRef:
        """A function's archive."""
        return archive(self.directory, source)

    def code_at(self, path: str, source: str) -> AssetRef:
        """An archive with one file at a path."""
        return AssetRef("archive", assets={path: AssetRef("asset", text=source)})

    def function_inputs(self, **more: Any) -> dict[str, Any]:
        """Inputs of a small function."""
        return {
            "code": self.code(), "handler": "main.handle", "runtime": "python3.13", "role": self.role["arn"], **more
        }  # fmt: skip

    @cached_property
    def role(self) -> Made:
        return self.acting.create("aws:iam/role:Role", "runs", assumeRolePolicy=TRUST)

    @cached_property
    def function(self) -> Made:
        return self.acting.create("aws:lambda/function:Function", "f", **self.function_inputs(publish=True))

    @cached_property
    def alias(self) -> Made:
        named = {"functionName": self.function["name"], "functionVersion": "1", "name": "live"}
        return self.acting.create("aws:lambda/alias:Alias", "live", **named)

    @cached_property
    def queue(self) -> Made:
        return self.acting.create("aws:sqs/queue:Queue", "q", fifoQueue=True)

    @cached_property
    def table(self) -> Made:
        return self.acting.create(
            "aws:dynamodb/table:Table", "t", hashKey="pk", rangeKey="sk", billingMode="PAY_PER_REQUEST",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
        )  # fmt: skip

    @cached_property
    def topic(self) -> Made:
        return self.acting.create("aws:sns/topic:Topic", "t")

    @cached_property
    def group(self) -> Made:
        return self.acting.create("aws:cloudwatch/logGroup:LogGroup", "g", retentionInDays=7)

    @cached_property
    def key(self) -> Made:
        return self.acting.create("aws:kms/key:Key", "k", deletionWindowInDays=7)

    @cached_property
    def secret(self) -> Made:
        return self.acting.create("aws:secretsmanager/secret:Secret", "s", recoveryWindowInDays=0)

    @cached_property
    def bucket(self) -> Made:
        return self.acting.create("aws:s3/bucket:Bucket", "b", forceDestroy=True)

    @cached_property
    def api(self) -> Made:
        return self.acting.create("aws:apigatewayv2/api:Api", "a", protocolType="HTTP")

    @cached_property
    def integration(self) -> Made:
        return self.acting.create(
            "aws:apigatewayv2/integration:Integration", "i", apiId=self.api.id, integrationType="AWS_PROXY",
            integrationUri=self.alias["invokeArn"], payloadFormatVersion="2.0",
        )  # fmt: skip

    @cached_property
    def rule(self) -> Made:
        return self.acting.create("aws:cloudwatch/eventRule:EventRule", "r", scheduleExpression="rate(1 day)")
