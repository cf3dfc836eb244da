"""WebStream: who may connect, what answers, and who may talk to open connections."""

import json
from typing import Any

import pytest

from assistant_components import InputError, WebStream
from tests.kit.catalogue import KEY, LEAST, making
from tests.kit.recording import record

ARGS: Any = LEAST["WebStream"]


def made(preview: bool = False, **changes: Any) -> Any:
    return record(making("WebStream", {**ARGS, **changes}), preview=preview)


def test_connecting_talking_and_leaving_lead_to_the_functions_alias(preview: bool) -> None:
    graph = made(preview)
    routes = graph.of_type(":Route")
    assert {route.inputs["routeKey"] for route in routes} == {"$connect", "$disconnect", "$default"}
    assert {route.name for route in routes} == {f"chat-route-{key}" for key in ("connect", "disconnect", "default")}
    for route in routes:
        assert graph.points(route.name, "target", "chat-integration")
        assert graph.points(route.name, "apiId", "chat-api")
    assert graph.points("chat-integration", "integrationUri", "chat-stream-live")
    assert graph.one("chat-api").inputs["protocolType"] == "WEBSOCKET"
    integration = graph.one("chat-integration").inputs
    assert (integration["integrationType"], integration["timeoutMilliseconds"]) == ("AWS_PROXY", 29_000)


def test_only_this_api_may_call_the_function() -> None:
    permission = made().one("chat-permission").inputs
    assert (permission["principal"], permission["qualifier"]) == ("apigateway.amazonaws.com", "live")
    assert permission["sourceArn"].endswith("/*/*")
    assert made().points("chat-permission", "sourceArn", "chat-api")


def test_the_function_may_talk_to_connections_of_this_api_only_and_is_told_where() -> None:
    graph = made(function={**ARGS["function"], "environment": {"A": "b"}})
    output = graph.output("chat")
    statement = graph.one("chat-stream-policy").statements()["Connections"]
    arn = f"arn:aws:execute-api:eu-west-1:123456789012:{output['apiId']}/live/"
    assert statement["Action"] == ["execute-api:ManageConnections"]
    assert statement["Resource"] == [f"{arn}POST/@connections/*", f"{arn}DELETE/@connections/*"]
    assert output["connectionsArn"] == f"{arn}POST/@connections/*"
    variables = graph.one("chat-stream-function").inputs["environment"]["variables"]
    assert variables == {"A": "b", "ASSISTANT_STREAM_ENDPOINT": output["endpoint"]}


def test_pages_connect_to_the_stage_and_functions_to_its_endpoint() -> None:
    output = made().output("chat")
    host = f"{output['apiId']}.execute-api.eu-west-1.amazonaws.com/live"
    assert (output["url"], output["endpoint"]) == (f"wss://{host}", f"https://{host}")


def test_the_stage_deploys_by_itself_throttled_when_all_routes_are_there(preview: bool) -> None:
    graph = made(preview, throttle={"rate_per_s": 2.5, "burst": 4})
    stage = graph.one("chat-stage")
    assert (stage.inputs["name"], stage.inputs["autoDeploy"]) == ("live", True)
    assert stage.inputs["defaultRouteSettings"]["throttlingRateLimit"] == 2.5
    assert stage.inputs["defaultRouteSettings"]["throttlingBurstLimit"] == 4
    assert {route.urn for route in graph.of_type(":Route")} <= stage.dependencies


def test_an_access_log_is_written_only_where_the_account_lets_api_gateway_do_that(preview: bool) -> None:
    assert "accessLogSettings" not in made(preview).one("chat-stage").inputs
    graph = made(preview, access_logs=True, function={**ARGS["function"], "log_days": 3, "kms_key_arn": KEY})
    assert graph.points("chat-stage", "accessLogSettings", "chat-logs")
    assert graph.one("chat-logs").inputs["retentionInDays"] == 3
    assert graph.one("chat-logs").inputs["kmsKeyId"] == KEY
    if not preview:
        line = json.loads(graph.one("chat-stage").inputs["accessLogSettings"]["format"])
        assert line["connectionId"] == "$context.connectionId"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"function": None}, "function: got nothing, expected an object"),
        ({"function": {"package": ARGS["function"]["package"]}}, "function.handler: got nothing, expected a text"),
        ({"function": {**ARGS["function"], "timeout_s": 0}}, "function.timeout_s: got 0, expected greater than"),
        ({"function": {**ARGS["function"], "environment": {"AWS_REGION": "x"}}}, "function.environment['AWS_REGION']"),
        ({"function": {**ARGS["function"], "colour": "red"}}, "function.colour: unknown argument"),
        ({"throttle": {"burst": 0}}, "throttle.burst: got 0, expected greater than or equal to 1"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_before_anything_is_made(changes: dict[str, Any], line: str) -> None:
    args: Any = {**ARGS, **changes}
    with pytest.raises(InputError) as caught:
        WebStream("chat", args)
    assert f"WebStream 'chat': {line}" in str(caught.value)
