"""What the embedded cloud does with a deployed assistant: the behaviour that the application and its tests rely on."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.sandbox_services.acting import Acting, Made, eventually
from tests.unit.sandbox_services.world import TRUST, World

WORKER = """
import boto3, json, os
table, queue = boto3.client("dynamodb"), boto3.client("sqs")


def handle(event, context):
    failures = []
    for record in event["Records"]:
        said, attributes = json.loads(record["body"]), record["attributes"]
        item = {"pk": {"S": said["group"]}, "sk": {"S": said["id"] + "#" + attributes["ApproximateReceiveCount"]},
                "sequence": {"S": attributes["SequenceNumber"]}, "version": {"S": context.function_version}}
        table.put_item(TableName=os.environ["TABLE"], Item=item)
        if said.get("fails"):
            queue.change_message_visibility(
                QueueUrl=os.environ["QUEUE"], ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
            )
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
"""
WEB = """
import json


def handle(event, context):
    said = {"path": event["rawPath"], "route": event["routeKey"], "body": event.get("body"),
            "query": event.get("queryStringParameters"), "version": event["version"]}
    return {"statusCode": 202, "headers": {"content-type": "application/json"}, "body": json.dumps(said)}
"""


@dataclass
class Flow:
    """A FIFO queue with a dead-letter queue, and a function behind an alias that reads it."""

    acting: Acting
    queue: Made
    dead: Made
    table: Made
    alias: Made

    def send(self, group: str, id: str, **more: Any) -> dict[str, Any]:
        body = json.dumps({"group": group, "id": id, **more})
        return self.acting.client("sqs").send_message(
            QueueUrl=self.queue.id, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=f"{group}.{id}"
        )

    def heard(self, group: str) -> list[dict[str, Any]]:
        asked = {":group": {"S": group}}
        found = self.acting.client("dynamodb").query(
            TableName=self.table.id, KeyConditionExpression="pk = :group", ExpressionAttributeValues=asked
        )
        return [{key: next(iter(value.values())) for key, value in item.items()} for item in found["Items"]]

    def count(self, queue: Made) -> int:
        names = ["ApproximateNumberOfMessages"]
        held = self.acting.client("sqs").get_queue_attributes(QueueUrl=queue.id, AttributeNames=names)
        return int(held["Attributes"][names[0]])


def statement(resource: str, *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def role_for(world: World, name: str, *statements: dict[str, Any]) -> str:
    role = world.acting.create("aws:iam/role:Role", name, assumeRolePolicy=TRUST)
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    world.acting.create("aws:iam/rolePolicy:RolePolicy", name, role=role.id, policy=policy)
    return str(role["arn"])


@pytest.fixture(scope="module")
def flow(world: World) -> Iterator[Flow]:
    create = world.acting.create
    dead = create("aws:sqs/queue:Queue", "dead", fifoQueue=True)
    queue = create(
        "aws:sqs/queue:Queue", "main", fifoQueue=True, deduplicationScope="messageGroup",
        fifoThroughputLimit="perMessageGroupId", visibilityTimeoutSeconds=30,
        redrivePolicy=json.dumps({"deadLetterTargetArn": dead["arn"], "maxReceiveCount": 2}),
    )  # fmt: skip
    role = role_for(
        world,
        "worker",
        statement(queue["arn"], "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"),
        statement(world.table["arn"], "dynamodb:PutItem"),
    )
    variables = {"TABLE": world.table["name"], "QUEUE": queue.id}
    inputs = world.function_inputs(publish=True, role=role, timeout=30, environment={"variables": variables})
    function = create("aws:lambda/function:Function", "worker", **{**inputs, "code": world.code(WORKER)})
    alias = create("aws:lambda/alias:Alias", "live", name="live", functionName=function.id, functionVersion="1")
    source = create(
        "aws:lambda/eventSourceMapping:EventSourceMapping", eventSourceArn=queue["arn"], functionName=alias["arn"],
        batchSize=10, functionResponseTypes=["ReportBatchItemFailures"], scalingConfig={"maximumConcurrency": 20},
    )  # fmt: skip
    yield Flow(world.acting, queue, dead, world.table, alias)
    world.acting.delete(source)


def test_a_message_reaches_the_function_behind_the_alias_with_its_sequence_number(flow: Flow) -> None:
    sent = flow.send("plain", "1")
    (item,) = eventually(lambda: flow.heard("plain"))
    assert item["sequence"] == sent["SequenceNumber"]
    assert item["version"] == flow.alias["functionVersion"] == "1"


def test_messages_of_one_group_come_in_order(flow: Flow) -> None:
    for number in range(12):
        flow.send("ordered", f"{number:02}")
    items = eventually(lambda: found if len(found := flow.heard("ordered")) == 12 else None)
    assert [item["sk"] for item in items] == [f"{number:02}#1" for number in range(12)]
    assert [item["sequence"] for item in items] == sorted(item["sequence"] for item in items)


def test_the_same_message_sent_twice_is_delivered_once(flow: Flow) -> None:
    one, other = flow.send("twice", "1"), flow.send("twice", "1")
    flow.send("twice", "2")
    eventually(lambda: len(flow.heard("twice")) == 2)
    assert one["MessageId"] == other["MessageId"]
    assert one["SequenceNumber"] == other["SequenceNumber"]


def test_a_failed_message_alone_comes_back_and_ends_in_the_dead_letter_queue(flow: Flow) -> None:
    flow.send("poison", "1", fails=True)
    flow.send("healthy", "1")
    assert eventually(lambda: flow.heard("healthy"))[0]["sk"] == "1#1"
    assert eventually(lambda: flow.count(flow.dead)) == 1
    assert [item["sk"] for item in flow.heard("poison")] == ["1#1", "1#2"]
    assert len(flow.heard("healthy")) == 1


def test_a_role_without_the_right_to_write_is_refused(world: World) -> None:
    role = role_for(world, "reader", statement(world.table["arn"], "dynamodb:GetItem"))
    code = world.code(
        "import boto3\n\ndef handle(event, context):\n"
        "    return boto3.client('dynamodb').put_item(TableName=event['table'], Item={'pk': {'S': 'a'}})\n"
    )
    inputs = {**world.function_inputs(role=role, timeout=30), "code": code}
    function = world.acting.create("aws:lambda/function:Function", "reader", **inputs)
    asked = json.dumps({"table": world.table["name"]})
    answer = world.acting.client("lambda").invoke(FunctionName=function.id, Payload=asked)
    assert answer["FunctionError"] == "Unhandled"
    assert "no identity-based policy allows the dynamodb:PutItem action" in answer["Payload"].read().decode()


def test_a_transaction_is_refused_as_a_whole_and_says_which_condition_failed(world: World) -> None:
    client, name = world.acting.client("dynamodb"), world.table["name"]

    def write(*ranges: str) -> None:
        puts = [
            {
                "Put": {
                    "TableName": name,
                    "Item": {"pk": {"S": "turns"}, "sk": {"S": part}},
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for part in ranges
        ]
        client.transact_write_items(TransactItems=puts)

    write("turn#1", "seen#a")
    with pytest.raises(ClientError) as refused:
        write("turn#2", "seen#a")
    assert [reason["Code"] for reason in refused.value.response["CancellationReasons"]] == [
        "None", "ConditionalCheckFailed"
    ]  # fmt: skip
    key = {"pk": {"S": "turns"}, "sk": {"S": "turn#2"}}
    assert "Item" not in client.get_item(TableName=name, Key=key)


@pytest.fixture(scope="module")
def site(world: World) -> str:
    """Address of an API with two routes to an alias, which the API may invoke."""
    create = world.acting.create
    inputs = {**world.function_inputs(publish=True), "code": world.code(WEB)}
    function = create("aws:lambda/function:Function", "web", **inputs)
    alias = create("aws:lambda/alias:Alias", "live", name="live", functionName=function.id, functionVersion="1")
    api = create("aws:apigatewayv2/api:Api", "web", protocolType="HTTP")
    create(
        "aws:lambda/permission:Permission", "web", action="lambda:InvokeFunction", function=function.id,
        qualifier=alias["name"], principal="apigateway.amazonaws.com", sourceArn=f"{api['executionArn']}/*/*",
    )  # fmt: skip
    integration = create(
        "aws:apigatewayv2/integration:Integration", "web", apiId=api.id, integrationType="AWS_PROXY",
        integrationUri=alias["invokeArn"], payloadFormatVersion="2.0",
    )  # fmt: skip
    for key in ("GET /", "GET /web/messages", "POST /web/messages"):
        name = f"web-{uuid.uuid4().hex}"
        target = f"integrations/{integration.id}"
        create("aws:apigatewayv2/route:Route", name, apiId=api.id, routeKey=key, target=target)
    stage = create("aws:apigatewayv2/stage:Stage", "web", apiId=api.id, name="$default", autoDeploy=True)
    return str(stage["invokeUrl"])


def _ask(address: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(address, data=body, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def test_the_default_stage_answers_any_client_under_its_invoke_url(site: str) -> None:
    said = {"path": "/", "route": "GET /", "body": None, "query": None, "version": "2.0"}
    assert _ask(site) == (202, said)
    status, said = _ask(f"{site}web/messages?conversation=a%20b&after=0")
    assert (status, said["path"], said["query"]) == (202, "/web/messages", {"conversation": "a b", "after": "0"})
    status, said = _ask(f"{site}web/messages", b'{"text": "hi"}')
    assert (status, said["route"], said["body"]) == (202, "POST /web/messages", '{"text": "hi"}')
    assert _ask(f"{site}nowhere") == (404, {"message": "Not Found"})


def test_a_function_url_answers_any_client(world: World) -> None:
    inputs = {**world.function_inputs(), "code": world.code(WEB)}
    function = world.acting.create("aws:lambda/function:Function", "direct", **inputs)
    url = world.acting.create(
        "aws:lambda/functionUrl:FunctionUrl", "url", functionName=function.id, authorizationType="NONE"
    )
    status, said = _ask(url["functionUrl"])
    assert (status, said["path"]) == (202, "/")


def test_an_alarm_on_an_expression_is_kept_without_its_expression(world: World) -> None:
    alarm = world.acting.create(
        "aws:cloudwatch/metricAlarm:MetricAlarm", "sum", comparisonOperator="GreaterThanThreshold", threshold=1,
        evaluationPeriods=1, metricQueries=[{"id": "e", "expression": "SUM(METRICS())", "returnData": True}],
    )  # fmt: skip
    (held,) = world.acting.client("cloudwatch").describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert not held.get("Metrics")
    assert alarm["metricQueries"][0]["expression"] == "SUM(METRICS())"
