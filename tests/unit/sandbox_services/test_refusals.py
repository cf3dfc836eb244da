"""What the cloud refuses is told in one line: the type, the operation, the reason; and nothing is left behind."""

from __future__ import annotations

from dataclasses import replace

import boto3
import pytest

from sandbox.aws.call import Call
from sandbox.aws.services import HANDLERS
from sandbox.aws.services.served import CloudError, Served, Values
from tests.unit.sandbox_services.acting import ACCOUNT
from tests.unit.sandbox_services.world import TRUST, World, allow


def test_a_refusal_names_the_type_the_operation_and_the_reason(world: World) -> None:
    with pytest.raises(CloudError) as told:
        world.acting.create("aws:iam/rolePolicy:RolePolicy", role="nobody", policy=allow("sqs:SendMessage"))
    assert str(told.value) == (
        "aws:iam/rolePolicy:RolePolicy: create: PutRolePolicy: The role with name nobody cannot be found."
    )


def _call(world: World) -> Call:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
    return Call(session, world.acting.endpoint, "us-east-1", ACCOUNT, "aws", "urn")


def test_a_request_that_the_client_itself_refuses_is_one_line_too(world: World) -> None:
    with pytest.raises(CloudError) as told:
        HANDLERS["aws:sqs/queue:Queue"].create(_call(world), {"name": 7})
    assert "\n" not in str(told.value)
    assert str(told.value).startswith("aws:sqs/queue:Queue: create: Parameter validation failed")


def test_a_creation_that_fails_half_way_leaves_nothing_behind(world: World) -> None:
    real = HANDLERS["aws:sqs/queue:Queue"]
    assert isinstance(real, Served)

    def refused(call: Call, id: str, inputs: Values) -> None:
        call.client("sqs").set_queue_attributes(QueueUrl=id, Attributes={"VisibilityTimeout": "-1"})

    with pytest.raises(CloudError, match="SetQueueAttributes"):
        replace(real, finish=refused).create(_call(world), {"name": "half"})
    assert world.acting.lookup("aws:sqs/queue:Queue", f"{world.acting.endpoint}/{ACCOUNT}/half") is None


def test_a_protected_table_refuses_to_go_and_is_still_there(world: World) -> None:
    table = world.acting.create(
        "aws:dynamodb/table:Table", "kept", hashKey="pk", billingMode="PAY_PER_REQUEST",
        deletionProtectionEnabled=True, attributes=[{"name": "pk", "type": "S"}],
    )  # fmt: skip
    with pytest.raises(CloudError, match="protected against deletion"):
        world.acting.delete(table)
    assert world.acting.read(table) is not None
    world.acting.update(table, deletionProtectionEnabled=False)
    world.acting.delete(table)
    assert world.acting.read(table) is None


def test_an_update_of_something_gone_says_so(world: World) -> None:
    queue = world.acting.create("aws:sqs/queue:Queue", "lost")
    world.acting.client("sqs").delete_queue(QueueUrl=queue.id)
    with pytest.raises(CloudError, match=r"^aws:sqs/queue:Queue: update: "):
        world.acting.update(queue, visibilityTimeoutSeconds=7)


def test_an_item_that_exists_is_not_overwritten(world: World) -> None:
    item = {"pk": {"S": "mine"}, "sk": {"S": "1"}}
    world.acting.client("dynamodb").put_item(TableName=world.table["name"], Item=item)
    with pytest.raises(CloudError, match="PutItem"):
        world.acting.create(
            "aws:dynamodb/tableItem:TableItem", tableName=world.table["name"], hashKey="pk", rangeKey="sk",
            item='{"pk": {"S": "mine"}, "sk": {"S": "1"}, "n": {"N": "2"}}',
        )  # fmt: skip


def test_a_role_with_a_policy_of_somebody_else_refuses_to_go(world: World) -> None:
    role = world.acting.create("aws:iam/role:Role", "shared", assumeRolePolicy=TRUST)
    policy = world.acting.create("aws:iam/policy:Policy", "theirs", policy=allow("sqs:SendMessage"))
    world.acting.client("iam").attach_role_policy(RoleName=role.id, PolicyArn=policy.id)
    with pytest.raises(CloudError, match="must detach all policies first"):
        world.acting.delete(role)


def test_a_role_that_may_detach_by_force_goes_with_all_its_policies(world: World) -> None:
    role = world.acting.create("aws:iam/role:Role", "forced", assumeRolePolicy=TRUST, forceDetachPolicies=True)
    policy = world.acting.create("aws:iam/policy:Policy", "other", policy=allow("sqs:SendMessage"))
    client = world.acting.client("iam")
    client.attach_role_policy(RoleName=role.id, PolicyArn=policy.id)
    client.put_role_policy(RoleName=role.id, PolicyName="p", PolicyDocument=allow("sqs:SendMessage"))
    world.acting.delete(role)
    assert world.acting.read(role) is None


def test_a_bucket_with_objects_goes_only_by_force(world: World) -> None:
    bucket = world.acting.create("aws:s3/bucket:Bucket", "full", versioning={"enabled": True})
    client = world.acting.client("s3")
    for body in (b"1", b"2"):
        client.put_object(Bucket=bucket.id, Key="k", Body=body)
    with pytest.raises(CloudError, match="not empty"):
        world.acting.delete(bucket)
    world.acting.update(bucket, forceDestroy=True)
    world.acting.delete(bucket)
    assert world.acting.read(bucket) is None
