"""The WebSocket API over which pages are told replies as they come."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from assistant_components._base import AssistantComponent, Tags
from assistant_components._naming import FUNCTION_NAME_CHARS_MAX, name_faults
from assistant_components.channel.ingress import Throttle, ThrottleSpec
from assistant_components.compute.environment import environment_faults
from assistant_components.compute.function import AssistantFunction, AssistantFunctionArgs, FunctionSpec
from assistant_components.security import roles
from assistant_components.validation import Spec, read_spec

STAGE = "live"
ROUTES = ("$connect", "$disconnect", "$default")
INTEGRATION_MS_MAX = 29_000  # the service's limit for WebSocket APIs
ENDPOINT_VARIABLE = "ASSISTANT_STREAM_ENDPOINT"
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "eventType": "$context.eventType",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "connectionId": "$context.connectionId",
    "integrationError": "$context.integrationErrorMessage",
    "sourceIp": "$context.identity.sourceIp",
}


class _Spec(Spec):
    function: FunctionSpec
    throttle: ThrottleSpec = ThrottleSpec()
    access_logs: bool = False


def _connections(api: "aws.apigatewayv2.Api", method: str) -> pulumi.Output[str]:
    """ARN of the right to do that with open connections: POST tells them something, DELETE closes them."""
    return pulumi.Output.concat(api.execution_arn, "/", STAGE, f"/{method}/@connections/*")


class WebStreamArgs(TypedDict):
    """Arguments of WebStream."""

    function: AssistantFunctionArgs
    """The function that answers; it is also told the API's endpoint, and may talk to the API's connections."""
    throttle: NotRequired[Throttle]
    """Limits for all routes together. Default 50 requests per second, 100 at one moment."""
    access_logs: NotRequired[bool]
    """Writes an access log, for which API Gateway needs a role in the account's settings. Default false."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for every resource that takes tags, unless the function has its own. Default: only the component's own."""


class WebStream(AssistantComponent):
    """A WebSocket API with a function of its own, throttled: pages connect and are told replies as they come.

    Creates API, function, integration, routes, stage and the permission to call the function. Paid per message and
    per minute of connection. Raises InputError.
    """

    url: pulumi.Output[str]
    """Where pages connect (wss://)."""
    endpoint: pulumi.Output[str]
    """Where open connections are talked to (https://)."""
    connections_arn: pulumi.Output[str]
    """ARN of the right to tell open connections something, for policies."""
    api_id: pulumi.Output[str]
    """Id of the API."""
    log_group_name: pulumi.Output[str]
    """Name of the function's log group."""

    def __init__(self, name: str, args: WebStreamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-stream-function", limit=FUNCTION_NAME_CHARS_MAX)
        wrong += [(f"function.{path}", text) for path, text in environment_faults(args.get("function"))]
        spec = read_spec(_Spec, f"WebStream {name!r}", WebStreamArgs, args, wrong)
        super().__init__(name, spec, opts)
        self._key = args["function"].get("kms_key_arn")
        tags = self._tags(args.get("tags"))
        api = aws.apigatewayv2.Api(
            self._child("api"),
            protocol_type="WEBSOCKET",
            route_selection_expression="$request.body.action",  # no message has one: all of them go to $default
            tags=tags,
            opts=self._opts(),
        )
        address = pulumi.Output.concat(api.api_endpoint, "/", STAGE)
        self.endpoint = address.apply(lambda url: url.replace("ws", "http", 1))
        answering = self._function(args, [_connections(api, method) for method in ("POST", "DELETE")])
        stage = self._stage(spec, api, answering, tags)
        # An address is told when it is live: pages that come before the stage would be refused.
        self.url = pulumi.Output.all(address, stage.id).apply(lambda known: str(known[0]))
        self.connections_arn = _connections(api, "POST")
        self.api_id, self.log_group_name = api.id, answering.log_group_name
        self._finish()

    def _function(self, args: WebStreamArgs, connections: Sequence[pulumi.Output[str]]) -> AssistantFunction:
        given = args["function"]
        environment = {**(given.get("environment") or {}), ENDPOINT_VARIABLE: self.endpoint}
        permissions = [*(given.get("permissions") or []), roles.manage_connections(*connections)]
        told: AssistantFunctionArgs = {**given, "environment": environment, "permissions": permissions}
        tags = args.get("tags")
        if tags is not None:
            told.setdefault("tags", tags)
        return AssistantFunction(self._child("stream"), told, self._opts())

    def _stage(
        self, spec: _Spec, api: "aws.apigatewayv2.Api", answering: AssistantFunction, tags: pulumi.Input[Tags]
    ) -> "aws.apigatewayv2.Stage":
        permission = aws.lambda_.Permission(
            self._child("permission"),
            action="lambda:InvokeFunction",
            function=answering.function_name,
            qualifier=answering.alias_name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),  # stage and route, of this API only
            opts=self._opts(),
        )
        integration = aws.apigatewayv2.Integration(
            self._child("integration"),
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=answering.invoke_arn,
            timeout_milliseconds=INTEGRATION_MS_MAX,
            opts=self._opts(depends_on=[permission]),
        )
        routes = [
            aws.apigatewayv2.Route(
                self._child(f"route-{key.strip('$')}"),
                api_id=api.id,
                route_key=key,
                authorization_type="NONE",  # a connection proves itself with its first message
                target=pulumi.Output.concat("integrations/", integration.id),
                opts=self._opts(),
            )
            for key in ROUTES
        ]
        return aws.apigatewayv2.Stage(
            self._child("stage"),
            api_id=api.id,
            name=STAGE,
            auto_deploy=True,
            default_route_settings={
                "throttling_rate_limit": spec.throttle.rate_per_s,
                "throttling_burst_limit": spec.throttle.burst,
                "detailed_metrics_enabled": True,
            },
            access_log_settings=self._access_log(spec, tags),
            tags=tags,
            opts=self._opts(depends_on=routes),
        )

    def _access_log(
        self, spec: _Spec, tags: pulumi.Input[Tags]
    ) -> "aws.apigatewayv2.StageAccessLogSettingsArgsDict | None":
        if not spec.access_logs:
            return None
        logs = aws.cloudwatch.LogGroup(
            self._child("logs"),
            retention_in_days=spec.function.log_days,
            kms_key_id=self._key,
            tags=tags,
            opts=self._opts(),
        )
        return {"destination_arn": logs.arn, "format": pulumi.Output.json_dumps(ACCESS_LOG)}
