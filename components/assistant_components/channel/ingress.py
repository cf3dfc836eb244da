"""The HTTP API in front of a function."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, NotRequired, Self, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import AfterValidator, Field, model_validator

from assistant_components._base import AssistantComponent
from assistant_components._naming import API_NAME_CHARS_MAX, name_faults
from assistant_components.operations.logs import LOG_DAYS_DEFAULT, kept_days
from assistant_components.validation import Spec, Whole, disagree, read_spec

STAGE = "$default"
INTEGRATION_MS_MAX = 30_000  # the service's limit for HTTP APIs
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatencyMs": "$context.responseLatency",
    "integrationStatus": "$context.integrationStatus",
    "integrationError": "$context.integrationErrorMessage",
    "sourceIp": "$context.identity.sourceIp",
}

_ROUTE = r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) /[A-Za-z0-9_./{}+-]*$"
RouteKey = Annotated[str, Field(pattern=_ROUTE)]


def route_noun(route_key: str) -> str:
    """The part of a resource name that a route key gives: `GET /web/messages` is `get-web-messages`."""
    method, _, path = route_key.partition(" ")
    words = re.findall(r"[A-Za-z0-9_.]+", path) or ["root"]
    return "-".join([method.lower(), *words])


class ThrottleSpec(Spec):
    """The plain part of Throttle."""

    rate_per_s: float = Field(default=50.0, ge=0.1, le=10_000)
    burst: Annotated[int, Whole] = Field(default=100, ge=1, le=5_000)


class _Spec(Spec):
    routes: list[RouteKey] = Field(min_length=1, max_length=300)
    throttle: ThrottleSpec = ThrottleSpec()
    log_days: Annotated[int, Whole, AfterValidator(kept_days)] = LOG_DAYS_DEFAULT

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        twice = [noun for noun, times in Counter(map(route_noun, self.routes)).items() if times > 1]
        if twice:
            same = [route for route in self.routes if route_noun(route) == twice[0]]
            raise disagree(("routes", ", ".join(same), "routes whose names differ in more than punctuation"))
        return self


class Throttle(TypedDict):
    """How many requests an API lets through; more are answered with 429."""

    rate_per_s: NotRequired[float]
    """Requests per second in the long run. Default 50.0, from 0.1 to 10000."""
    burst: NotRequired[int]
    """Requests at one moment. Default 100, from 1 to 5000."""


class WebIngressArgs(TypedDict):
    """Arguments of WebIngress."""

    routes: list[str]
    """What the API answers, as method and path: POST /web/messages. Everything else is 404 and reaches no function."""
    function_name: pulumi.Input[str]
    """Name of the function that answers."""
    alias_name: pulumi.Input[str]
    """Alias of that function; the API may call no other version."""
    invoke_arn: pulumi.Input[str]
    """Invoke ARN of the alias."""
    throttle: NotRequired[Throttle]
    """Limits for all routes together. Default 50 requests per second, 100 at one moment."""
    log_days: NotRequired[int]
    """Days the access logs are kept, as CloudWatch Logs offers them. Default 30."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key for the access logs. CloudWatch Logs must be allowed to use it. Default: a key of AWS."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for every resource that takes tags. Default: only the component's own."""


class WebIngress(AssistantComponent):
    """A public HTTP API with explicit routes to one function's alias, throttled, with an access log.

    Creates API, integration, routes, stage, log group and the permission to call the alias. Paid per request.
    Raises InputError.
    """

    url: pulumi.Output[str]
    """Where the API answers, with a slash at the end; known once the API is live."""
    api_id: pulumi.Output[str]
    """Id of the API."""
    log_group_name: pulumi.Output[str]
    """Name of the access log's group."""

    def __init__(self, name: str, args: WebIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-http", limit=API_NAME_CHARS_MAX)
        spec = read_spec(_Spec, f"WebIngress {name!r}", WebIngressArgs, args, wrong)
        super().__init__(name, spec, opts)
        tags = self._tags(args.get("tags"))
        api = aws.apigatewayv2.Api(self._child("http"), protocol_type="HTTP", tags=tags, opts=self._opts())
        permission = aws.lambda_.Permission(
            self._child("permission"),
            action="lambda:InvokeFunction",
            function=args["function_name"],
            qualifier=args["alias_name"],
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),  # stage and route, of this API only
            opts=self._opts(),
        )
        integration = aws.apigatewayv2.Integration(
            self._child("integration"),
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=args["invoke_arn"],
            payload_format_version="2.0",
            timeout_milliseconds=INTEGRATION_MS_MAX,
            opts=self._opts(depends_on=[permission]),
        )
        routes = [
            aws.apigatewayv2.Route(
                self._child(f"route-{route_noun(key)}"),
                api_id=api.id,
                route_key=key,
                authorization_type="NONE",  # a channel verifies its own callers
                target=pulumi.Output.concat("integrations/", integration.id),
                opts=self._opts(),
            )
            for key in spec.routes
        ]
        logs = aws.cloudwatch.LogGroup(
            self._child("logs"),
            retention_in_days=spec.log_days,
            kms_key_id=args.get("kms_key_arn"),
            tags=tags,
            opts=self._opts(),
        )
        stage = aws.apigatewayv2.Stage(
            self._child("stage"),
            api_id=api.id,
            name=STAGE,
            auto_deploy=True,
            default_route_settings={
                "throttling_rate_limit": spec.throttle.rate_per_s,
                "throttling_burst_limit": spec.throttle.burst,
                "detailed_metrics_enabled": True,
            },
            access_log_settings={"destination_arn": logs.arn, "format": pulumi.Output.json_dumps(ACCESS_LOG)},
            tags=tags,
            opts=self._opts(depends_on=routes),  # an API that is live answers on all its routes
        )
        self.url = stage.invoke_url.apply(lambda url: f"{url.rstrip('/')}/")
        self.api_id, self.log_group_name = api.id, logs.name
        self._finish()
