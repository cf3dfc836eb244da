"""A cloud that ends in order and starts again holds what it held; other regions hold resources of their own."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from sandbox.provider.values import plain
from tests.kit.deployment import free_port
from tests.unit.sandbox_services.acting import Acting, eventually
from tests.unit.sandbox_services.conftest import end_cloud, start_cloud
from tests.unit.sandbox_services.world import World, allow

NOTES = """
import boto3, os


def handle(event, context):
    for record in event.get("Records", []):
        item = {"pk": {"S": "notes"}, "sk": {"S": record["body"]}}
        boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
    return {"batchItemFailures": []}
"""


def test_everything_survives_an_orderly_restart(tmp_path: Path) -> None:
    port = free_port()
    process = start_cloud(port, tmp_path)
    acting = Acting(f"http://127.0.0.1:{port}")
    world = World(acting, tmp_path)
    try:
        acting.create("aws:iam/rolePolicy:RolePolicy", role=world.role.id, policy=allow("dynamodb:PutItem", "sqs:*"))
        variables = {"variables": {"TABLE": world.table["name"]}}
        inputs = world.function_inputs(publish=True, environment=variables, timeout=30, reservedConcurrentExecutions=3)
        world.function = acting.create("aws:lambda/function:Function", "f", **{**inputs, "code": world.code(NOTES)})
        acting.create(
            "aws:lambda/eventSourceMapping:EventSourceMapping", eventSourceArn=world.queue["arn"],
            functionName=world.alias["arn"],
        )  # fmt: skip
        target = f"integrations/{world.integration.id}"
        acting.create("aws:apigatewayv2/route:Route", apiId=world.api.id, routeKey="GET /", target=target)
        stage = acting.create("aws:apigatewayv2/stage:Stage", apiId=world.api.id, name="$default", autoDeploy=True)
        acting.create("aws:secretsmanager/secretVersion:SecretVersion", secretId=world.secret.id, secretString="x")
        acting.create("aws:ssm/parameter:Parameter", type="SecureString", value="x")
        acting.create("aws:s3/bucketObjectv2:BucketObjectv2", bucket=world.bucket.id, key="k", content="kept")
        acting.create("aws:kms/alias:Alias", targetKeyId=world.key.id)
        waiting = acting.create("aws:sqs/queue:Queue", "waiting", fifoQueue=True)
        place = {"QueueUrl": waiting.id, "MessageGroupId": "g", "MessageDeduplicationId": "d"}
        acting.client("sqs").send_message(MessageBody="kept", **place)
        acting.client("dynamodb").put_item(TableName=world.table.id, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})

        end_cloud(process)
        process = start_cloud(port, tmp_path)

        for made in acting.made:
            found = acting.read(made)
            assert found is not None, made.resource.type
            assert plain(found.outputs) == plain(made.outputs), made.resource.type
        client = acting.client("dynamodb")
        assert "Item" in client.get_item(TableName=world.table.id, Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
        again = acting.client("sqs").send_message(MessageBody="kept", **place)  # the window of deduplication holds too
        (message,) = acting.client("sqs").receive_message(QueueUrl=waiting.id, MaxNumberOfMessages=10)["Messages"]
        assert (message["Body"], message["MessageId"]) == ("kept", again["MessageId"])
        acting.client("sqs").send_message(
            QueueUrl=world.queue.id, MessageBody="after", MessageGroupId="g", MessageDeduplicationId="1"
        )
        note = {"pk": {"S": "notes"}, "sk": {"S": "after"}}
        eventually(lambda: "Item" in client.get_item(TableName=world.table.id, Key=note))
        with urllib.request.urlopen(stage["invokeUrl"], timeout=20) as answer:
            assert json.loads(answer.read()) == {"batchItemFailures": []}
    finally:
        end_cloud(process)


TYPES = {
    "aws:apigatewayv2/api:Api": {"protocolType": "HTTP", "tags": {"a": "b"}},
    "aws:cloudwatch/logGroup:LogGroup": {"tags": {"a": "b"}},
    "aws:kms/key:Key": {"tags": {"a": "b"}},
    "aws:s3/bucket:Bucket": {},
    "aws:secretsmanager/secret:Secret": {},
    "aws:sns/topic:Topic": {"tags": {"a": "b"}},
    "aws:sqs/queue:Queue": {"fifoQueue": True},
    "aws:ssm/parameter:Parameter": {"type": "String", "value": "v"},
}


@pytest.mark.parametrize("region", ["eu-central-1", "cn-north-1"])
def test_other_regions_hold_resources_of_their_own(endpoint: str, region: str, tmp_path: Path) -> None:
    acting = Acting(endpoint, region)
    world = World(acting, tmp_path)
    made = [acting.create(token, region, **inputs) for token, inputs in TYPES.items()]
    made += [world.role, world.function, world.alias, world.table]
    for one in made:
        found = acting.read(one)
        assert found is not None, one.resource.type
        assert plain(found.outputs) == plain(one.outputs), one.resource.type
        assert acting.changes(one) == {}
    assert f":{region}:" in world.function["arn"]
    here = Acting(endpoint).lookup("aws:lambda/function:Function", world.function.id)
    assert here is None
