"""Functions: versions follow changes, aliases follow versions, code runs, and the logs it left go with it."""

from __future__ import annotations

import json
from typing import Any

from sandbox.provider.values import plain
from tests.unit.sandbox_services.acting import Made
from tests.unit.sandbox_services.world import World

ANSWERS = "def handle(event, context):\n    return [{0!r}, context.function_version]\n"


def _invoke(world: World, function: str) -> Any:
    answer = world.acting.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    return json.loads(answer["Payload"].read())


def _groups(world: World) -> set[str]:
    return {group["logGroupName"] for group in world.acting.client("logs").describe_log_groups()["logGroups"]}


def _function(world: World, label: str, /, **more: Any) -> Made:
    inputs = world.function_inputs(publish=True, **more)
    return world.acting.create(
        "aws:lambda/function:Function", label, **{**inputs, "code": world.code(ANSWERS.format(1))}
    )


def test_new_code_is_a_new_version_and_the_alias_stays_until_it_is_moved(world: World) -> None:
    function = _function(world, "versions")
    alias = world.acting.create(
        "aws:lambda/alias:Alias", "live", name="live", functionName=function["name"], functionVersion="1"
    )
    world.acting.update(function, code=world.code(ANSWERS.format(2)))
    assert function["version"] == "2"
    assert function["qualifiedArn"] == f"{function['arn']}:2"
    assert _invoke(world, f"{function['name']}:live") == [1, "1"]
    world.acting.update(alias, functionVersion="2")
    assert _invoke(world, f"{function['name']}:live") == [2, "2"]


def test_a_change_of_tags_or_reserve_publishes_nothing(world: World) -> None:
    function = _function(world, "tags")
    world.acting.update(function, tags={"a": "b"}, reservedConcurrentExecutions=3)
    assert function["version"] == "1"
    assert function["tags"] == {"a": "b"}


def test_the_hash_and_size_are_those_of_the_archive(world: World) -> None:
    function = _function(world, "hash")
    before = function["codeSha256"]
    world.acting.update(function, code=world.code(ANSWERS.format(3)))
    assert function["codeSha256"] != before
    assert function["sourceCodeSize"] == len(world.code(ANSWERS.format(3)).read())


def test_a_reserve_of_zero_keeps_a_function_from_running_and_is_no_default(world: World) -> None:
    function = _function(world, "stopped", reservedConcurrentExecutions=0)
    assert function["reservedConcurrentExecutions"] == 0
    assert world.acting.client("lambda").get_function_concurrency(FunctionName=function["name"])[
        "ReservedConcurrentExecutions"
    ] == 0  # fmt: skip


def test_the_log_group_that_a_function_made_itself_goes_with_it(world: World) -> None:
    function = _function(world, "logs")
    _invoke(world, function["name"])
    assert f"/aws/lambda/{function['name']}" in _groups(world)
    world.acting.delete(function)
    assert f"/aws/lambda/{function['name']}" not in _groups(world)


def test_a_log_group_made_on_purpose_outlives_its_function(world: World) -> None:
    name = "purpose-1"
    group = world.acting.create(
        "aws:cloudwatch/logGroup:LogGroup", "purpose", name=f"/aws/lambda/{name}", retentionInDays=7
    )
    function = _function(world, "purpose", name=name)
    _invoke(world, name)
    world.acting.delete(function)
    assert world.acting.read(group) is not None


def test_a_function_logs_where_its_logging_says(world: World) -> None:
    logging = {"logFormat": "JSON", "logGroup": world.group["name"]}
    inputs = world.function_inputs(loggingConfig=logging)
    code = world.code("def handle(event, context):\n    print('heard it')\n")
    function = world.acting.create("aws:lambda/function:Function", "elsewhere", **{**inputs, "code": code})
    _invoke(world, function["name"])
    events = world.acting.client("logs").filter_log_events(logGroupName=world.group["name"])["events"]
    assert "heard it" in [event["message"].strip() for event in events]
    assert f"/aws/lambda/{function['name']}" not in _groups(world)


def test_a_function_in_a_network_keeps_its_subnets_and_runs(world: World) -> None:
    network = {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    function = _function(world, "network", vpcConfig=network)
    assert {name: function["vpcConfig"][name] for name in network} == network
    assert _invoke(world, function["name"]) == [1, "$LATEST"]


def test_layers_are_on_the_path_of_a_function(world: World) -> None:
    layer = world.acting.create(
        "aws:lambda/layerVersion:LayerVersion", "words", layerName="greetings",
        code=world.code_at("python/greetings.py", "WORD = 'hello'\n"),
    )  # fmt: skip
    inputs = world.function_inputs(layers=[layer["arn"]])
    code = world.code("import greetings\n\ndef handle(event, context):\n    return greetings.WORD\n")
    function = world.acting.create("aws:lambda/function:Function", "layered", **{**inputs, "code": code})
    assert _invoke(world, function["name"]) == "hello"
    assert plain(function.outputs)["layers"] == [layer["arn"]]


def test_a_second_layer_version_is_made_beside_the_first(world: World) -> None:
    made = [
        world.acting.create("aws:lambda/layerVersion:LayerVersion", "words", layerName="pair", code=world.code(source))
        for source in ("A = 1\n", "A = 2\n")
    ]
    assert [layer["version"] for layer in made] == ["1", "2"]
    world.acting.delete(made[0])
    assert world.acting.read(made[0]) is None
    assert world.acting.read(made[1]) is not None
