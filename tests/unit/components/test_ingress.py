"""WebIngress: which requests reach the function, how many, and what is written down about them."""

import json
from typing import Any

import pytest

from assistant_components import InputError, WebIngress
from tests.kit.catalogue import KEY, LEAST, making
from tests.kit.recording import record

ARGS = LEAST["WebIngress"]


def made(preview: bool = False, **changes: Any) -> Any:
    return record(making("WebIngress", {**ARGS, **changes}), preview=preview)


def test_each_route_leads_to_the_alias_and_there_is_no_catch_all(preview: bool) -> None:
    graph = made(preview)
    routes = graph.of_type(":Route")
    assert {route.inputs["routeKey"] for route in routes} == {"GET /", "POST /web/messages"}
    assert {route.name for route in routes} == {"chat-route-get-root", "chat-route-post-web-messages"}
    for route in routes:
        assert graph.points(route.name, "target", "chat-integration")
        assert graph.points(route.name, "apiId", "chat-http")
    integration = graph.one("chat-integration").inputs
    assert integration["integrationUri"] == ARGS["invoke_arn"]
    assert (integration["integrationType"], integration["payloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert integration["timeoutMilliseconds"] == 30_000


def test_only_this_api_may_call_the_alias() -> None:
    permission = made().one("chat-permission").inputs
    assert permission["action"] == "lambda:InvokeFunction"
    assert (permission["function"], permission["qualifier"]) == ("f", "live")
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["sourceArn"].startswith("arn:aws:execute-api:eu-west-1:123456789012:")
    assert permission["sourceArn"].endswith("/*/*")
    assert made().points("chat-permission", "sourceArn", "chat-http")


def test_the_stage_deploys_by_itself_throttled_when_all_routes_are_there(preview: bool) -> None:
    graph = made(preview, throttle={"rate_per_s": 2.5, "burst": 4})
    stage = graph.one("chat-stage")
    assert (stage.inputs["name"], stage.inputs["autoDeploy"]) == ("$default", True)
    assert stage.inputs["defaultRouteSettings"]["throttlingRateLimit"] == 2.5
    assert stage.inputs["defaultRouteSettings"]["throttlingBurstLimit"] == 4
    assert {route.urn for route in graph.of_type(":Route")} <= stage.dependencies


def test_each_request_is_written_down_as_json_with_its_id() -> None:
    graph = made(kms_key_arn=KEY, log_days=3)
    settings = graph.one("chat-stage").inputs["accessLogSettings"]
    line = json.loads(settings["format"])
    assert line["requestId"] == "$context.requestId"
    assert "\n" not in settings["format"]
    assert graph.points("chat-stage", "accessLogSettings", "chat-logs")
    assert not settings["destinationArn"].endswith("*")
    assert graph.one("chat-logs").inputs["retentionInDays"] == 3
    assert graph.one("chat-logs").inputs["kmsKeyId"] == KEY


def test_the_url_ends_with_a_slash_and_waits_for_the_stage() -> None:
    url = made().output("chat")["url"]
    assert url.startswith("https://")
    assert url.endswith(".execute-api.eu-west-1.amazonaws.com/")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"routes": []}, "routes: got a list of 0 items, expected"),
        ({"routes": ["$default"]}, "routes[0]: got '$default', expected"),
        ({"routes": ["GET web"]}, "routes[0]: got 'GET web', expected"),
        ({"routes": ["GET /a/b", "GET /a-b"]}, "routes: got 'GET /a/b, GET /a-b', expected routes whose names differ"),
        ({"throttle": {"burst": 0}}, "throttle.burst: got 0, expected greater than or equal to 1"),
        ({"throttle": {"rate_per_s": 0.0}}, "throttle.rate_per_s: got 0, expected greater than or equal to 0.1"),
        ({"invoke_arn": None}, "invoke_arn: got nothing, expected a text"),
    ],
)
def test_a_wrong_route_or_limit_is_told(changes: dict[str, Any], line: str) -> None:
    args: Any = {**ARGS, **changes}
    with pytest.raises(InputError) as caught:
        WebIngress("chat", args)
    assert line in str(caught.value)
