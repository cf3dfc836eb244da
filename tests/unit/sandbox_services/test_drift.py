"""A read says what is really there: changes made behind the program's back show, and what others own does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.values import plain
from tests.unit.sandbox_services.acting import Acting, Made
from tests.unit.sandbox_services.world import TRUST, World, allow, deny_plain


def _read(world: World, made: Made) -> tuple[dict[str, Any], dict[str, Any]]:
    found = world.acting.read(made)
    assert found is not None
    return plain(found.outputs), plain(found.inputs)


def test_a_changed_visibility_timeout_shows_in_outputs_and_inputs(world: World) -> None:
    queue = world.acting.create("aws:sqs/queue:Queue", "drifts", visibilityTimeoutSeconds=30)
    attributes = {"VisibilityTimeout": "77"}
    world.acting.client("sqs").set_queue_attributes(QueueUrl=queue.id, Attributes=attributes)
    outputs, inputs = _read(world, queue)
    assert outputs["visibilityTimeoutSeconds"] == inputs["visibilityTimeoutSeconds"] == 77


def test_a_changed_memory_size_and_reserve_of_a_function_show(world: World) -> None:
    function = world.acting.create("aws:lambda/function:Function", "drifts", **world.function_inputs(memorySize=256))
    client = world.acting.client("lambda")
    client.update_function_configuration(FunctionName=function["name"], MemorySize=1024)
    client.put_function_concurrency(FunctionName=function["name"], ReservedConcurrentExecutions=1)
    outputs, inputs = _read(world, function)
    assert (outputs["memorySize"], inputs["memorySize"]) == (1024, 1024)
    assert outputs["reservedConcurrentExecutions"] == 1


def test_an_environment_taken_from_a_function_shows(world: World) -> None:
    inputs = world.function_inputs(environment={"variables": {"A": "1"}})
    function = world.acting.create("aws:lambda/function:Function", "drifts", **inputs)
    client = world.acting.client("lambda")
    client.update_function_configuration(FunctionName=function["name"], Environment={"Variables": {}})
    assert not _read(world, function)[0]["environment"]


def test_a_tag_set_by_hand_shows(world: World) -> None:
    table = world.acting.create(
        "aws:dynamodb/table:Table", "drifts", hashKey="pk", billingMode="PAY_PER_REQUEST", tags={"a": "b"},
        attributes=[{"name": "pk", "type": "S"}],
    )  # fmt: skip
    client = world.acting.client("dynamodb")
    client.tag_resource(ResourceArn=table["arn"], Tags=[{"Key": "by", "Value": "hand"}])
    assert _read(world, table)[0]["tagsAll"] == {"a": "b", "by": "hand"}


def test_an_alarm_switched_off_by_hand_shows(world: World) -> None:
    alarm = world.acting.create(
        "aws:cloudwatch/metricAlarm:MetricAlarm", "drifts", comparisonOperator="GreaterThanThreshold",
        evaluationPeriods=1, metricName="m", namespace="n", period=60, statistic="Sum", threshold=1,
    )  # fmt: skip
    world.acting.client("cloudwatch").disable_alarm_actions(AlarmNames=[alarm.id])
    assert _read(world, alarm)[0]["actionsEnabled"] is False


def test_a_disabled_event_source_shows(world: World) -> None:
    source = world.acting.create(
        "aws:lambda/eventSourceMapping:EventSourceMapping", "drifts", functionName=world.alias["arn"],
        eventSourceArn=world.queue["arn"], batchSize=10,
    )  # fmt: skip
    world.acting.client("lambda").update_event_source_mapping(UUID=source.id, Enabled=False, BatchSize=3)
    outputs, inputs = _read(world, source)
    assert (outputs["enabled"], outputs["batchSize"], inputs["batchSize"]) == (False, 3, 3)
    world.acting.delete(source)


def test_a_key_pending_deletion_counts_as_gone(world: World) -> None:
    key = world.acting.create("aws:kms/key:Key", "ends", deletionWindowInDays=7)
    world.acting.delete(key)
    held = world.acting.client("kms").describe_key(KeyId=key.id)["KeyMetadata"]
    assert held["KeyState"] == "PendingDeletion"
    assert (held["DeletionDate"] - held["CreationDate"]).days in (6, 7)
    assert world.acting.read(key) is None


def test_a_secret_in_its_recovery_window_counts_as_gone(world: World) -> None:
    secret = world.acting.create("aws:secretsmanager/secret:Secret", "ends", recoveryWindowInDays=7)
    world.acting.delete(secret)
    assert "DeletedDate" in world.acting.client("secretsmanager").describe_secret(SecretId=secret.id)
    assert world.acting.read(secret) is None


def test_an_item_deleted_by_hand_is_gone(world: World) -> None:
    item = world.acting.create(
        "aws:dynamodb/tableItem:TableItem", "ends", tableName=world.table["name"], hashKey="pk", rangeKey="sk",
        item='{"pk": {"S": "x"}, "sk": {"S": "y"}}',
    )  # fmt: skip
    key = {"pk": {"S": "x"}, "sk": {"S": "y"}}
    world.acting.client("dynamodb").delete_item(TableName=world.table["name"], Key=key)
    assert world.acting.read(item) is None


def test_policies_that_other_resources_set_are_no_drift_of_their_owners(world: World) -> None:
    acting = world.acting
    role = acting.create("aws:iam/role:Role", "owner", assumeRolePolicy=TRUST)
    queue = acting.create("aws:sqs/queue:Queue", "owner")
    topic = acting.create("aws:sns/topic:Topic", "owner")
    acting.create("aws:iam/rolePolicy:RolePolicy", "other", role=role["name"], policy=allow("sqs:SendMessage"))
    acting.create("aws:sqs/queuePolicy:QueuePolicy", "other", queueUrl=queue.id, policy=allow("sqs:SendMessage"))
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Publish", "Resource": topic.id}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    acting.create("aws:sns/topicPolicy:TopicPolicy", "other", arn=topic.id, policy=document)
    for made in (role, queue, topic):
        assert _read(world, made)[0] == plain(made.outputs)


def test_a_denial_of_plain_transport_locks_nobody_out_and_reads_as_it_was_written(world: World) -> None:
    queue = world.acting.create("aws:sqs/queue:Queue", "tls")
    policy = deny_plain("sqs", queue["arn"])
    made = world.acting.create("aws:sqs/queuePolicy:QueuePolicy", "tls", queueUrl=queue.id, policy=policy)
    client = world.acting.client("sqs")
    client.send_message(QueueUrl=queue.id, MessageBody="x")
    assert json.loads(_read(world, made)[0]["policy"]) == json.loads(policy)
    client.set_queue_attributes(QueueUrl=queue.id, Attributes={"Policy": allow("sqs:SendMessage")})
    assert json.loads(_read(world, made)[0]["policy"]) == json.loads(allow("sqs:SendMessage"))


@pytest.mark.parametrize(
    ("token", "id"),
    [
        ("aws:iam/role:Role", "nobody"),
        ("aws:sqs/queue:Queue", "{endpoint}/123456789012/none"),
        ("aws:lambda/function:Function", "none"),
        ("aws:lambda/alias:Alias", "arn:aws:lambda:us-east-1:123456789012:function:none:live"),
        ("aws:dynamodb/table:Table", "none"),
        ("aws:apigatewayv2/api:Api", "01234567"),
        ("aws:s3/bucket:Bucket", "none-such-bucket"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "none"),
    ],
)
def test_what_never_was_cannot_be_imported(acting: Acting, token: str, id: str) -> None:
    assert acting.lookup(token, id.format(endpoint=acting.endpoint)) is None


def test_an_imported_queue_has_all_its_outputs(world: World) -> None:
    queue = world.acting.create("aws:sqs/queue:Queue", "known", visibilityTimeoutSeconds=45, tags={"a": "b"})
    found = world.acting.lookup("aws:sqs/queue:Queue", queue.id)
    assert found is not None
    assert plain(found.outputs) == plain(queue.outputs)


def test_a_route_is_imported_by_api_and_route(world: World) -> None:
    route = world.acting.create("aws:apigatewayv2/route:Route", "known", apiId=world.api.id, routeKey="GET /known")
    found = world.acting.lookup("aws:apigatewayv2/route:Route", f"{world.api.id}/{route.id}")
    assert found is not None
    assert plain(found.outputs)["routeKey"] == "GET /known"
