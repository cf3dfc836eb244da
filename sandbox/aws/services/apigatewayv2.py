"""API Gateway: HTTP and WebSocket APIs, and their stages and deployments."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import PARTITION, Values, arn, camel, changed, given, pascal, retag, told

_API = {
    "apiKeySelectionExpression": "ApiKeySelectionExpression",
    "description": "Description",
    "disableExecuteApiEndpoint": "DisableExecuteApiEndpoint",
    "name": "Name",
    "protocolType": "ProtocolType",
    "routeSelectionExpression": "RouteSelectionExpression",
    "version": "Version",
}
_AT_BIRTH = {
    "credentialsArn": "CredentialsArn", "ipAddressType": "IpAddressType", "routeKey": "RouteKey", "target": "Target"
}  # fmt: skip
_ROUTE_SETTINGS = {
    "dataTraceEnabled": "DataTraceEnabled",
    "detailedMetricsEnabled": "DetailedMetricsEnabled",
    "loggingLevel": "LoggingLevel",
    "throttlingBurstLimit": "ThrottlingBurstLimit",
    "throttlingRateLimit": "ThrottlingRateLimit",
}


def gateway(call: Call) -> Any:
    """The client."""
    return call.client("apigatewayv2")


def invoke_base(call: Call, api: str, protocol: str) -> str:
    """Where an API answers: on a path of the embedded cloud's own port, so that no host name has to resolve."""
    base = f"{call.endpoint}/_aws/execute-api/{api}"
    return base.replace("http", "ws", 1) if protocol == "WEBSOCKET" else base


def _arn(call: Call, path: str) -> str:
    return f"arn:{PARTITION}:apigateway:{call.region}::/apis/{path}"


def _tags_of(call: Call, path: str) -> Values:
    """By the tagging call: what an API or a stage says of itself are the tags it was made with."""
    return gateway(call).get_tags(ResourceArn=_arn(call, path)).get("Tags") or {}


def _retag(call: Call, path: str, wanted: Values) -> None:
    resource = _arn(call, path)
    retag(
        _tags_of(call, path),
        wanted,
        lambda tags: gateway(call).tag_resource(ResourceArn=resource, Tags=tags),
        lambda names: gateway(call).untag_resource(ResourceArn=resource, TagKeys=names),
    )


def _tags(values: Values) -> Values:
    return {key: str(value) for key, value in (values.get("tags") or {}).items()}


# -- APIs


def _make_api(call: Call, inputs: Values) -> str:
    request = {**given(inputs, _API), **given(inputs, _AT_BIRTH), "Tags": _tags(inputs)}
    if inputs.get("corsConfiguration"):
        request["CorsConfiguration"] = pascal(inputs["corsConfiguration"])
    return str(gateway(call).create_api(**request)["ApiId"])


def _look_api(call: Call, id: str, state: Values) -> Values:
    held = gateway(call).get_api(ApiId=id)
    return {
        **told(held, _API),
        "apiEndpoint": invoke_base(call, id, held["ProtocolType"]),
        "arn": _arn(call, id),
        "corsConfiguration": camel(held.get("CorsConfiguration")) or None,
        "executionArn": arn(call, "execute-api", id),
        "tags": _tags_of(call, id),
    }


def _change_api(call: Call, id: str, old: Values, new: Values) -> None:
    names = changed(old, new, [name for name in _API if name != "protocolType"])
    blanks: Values = {"description": "", "version": "", "disableExecuteApiEndpoint": False}
    request = {_API[name]: new.get(name, blanks.get(name)) for name in names}
    if changed(old, new, ["corsConfiguration"]):
        if new.get("corsConfiguration"):
            request["CorsConfiguration"] = pascal(new["corsConfiguration"])
        else:
            gateway(call).delete_cors_configuration(ApiId=id)
    if request:
        gateway(call).update_api(ApiId=id, **request)
    _retag(call, id, _tags(new))


def _remove_api(call: Call, id: str, state: Values) -> None:
    gateway(call).delete_api(ApiId=id)


# -- stages: the id is the name


def _make_stage(call: Call, inputs: Values) -> str:
    gateway(call).create_stage(
        ApiId=inputs["apiId"],
        StageName=inputs["name"],
        Tags=_tags(inputs),
        **_stage_settings(inputs, [name for name in _STAGE if inputs.get(name) is not None]),
    )
    return str(inputs["name"])


def _settings(values: Values) -> Values:
    return {theirs: values[ours] for ours, theirs in _ROUTE_SETTINGS.items() if values.get(ours) not in (None, "")}


_STAGE: dict[str, tuple[str, Any]] = {
    "accessLogSettings": ("AccessLogSettings", lambda value: pascal(value or {})),
    "autoDeploy": ("AutoDeploy", bool),
    "defaultRouteSettings": ("DefaultRouteSettings", lambda value: _settings(value or {})),
    "deploymentId": ("DeploymentId", lambda value: value),
    "description": ("Description", lambda value: value or ""),
    "routeSettings": ("RouteSettings", lambda value: {item["routeKey"]: _settings(item) for item in value or ()}),
    "stageVariables": ("StageVariables", lambda value: value or {}),
}


def _stage_settings(values: Values, names: list[str]) -> Values:
    return {_STAGE[name][0]: _STAGE[name][1](values.get(name)) for name in names}


def _look_stage(call: Call, id: str, state: Values) -> Values | None:
    front, _, name = id.rpartition("/")  # an import says API/STAGE
    api = state.get("apiId") or front
    if not api:
        return None
    held = gateway(call).get_stage(ApiId=api, StageName=name)
    logs = held.get("AccessLogSettings") or {}
    base = invoke_base(call, api, gateway(call).get_api(ApiId=api)["ProtocolType"])
    return {
        "accessLogSettings": {"destinationArn": logs["DestinationArn"], "format": logs["Format"]} if logs else None,
        "apiId": api,
        "arn": _arn(call, f"{api}/stages/{name}"),
        "autoDeploy": held.get("AutoDeploy") is True,
        "defaultRouteSettings": _default_settings(held.get("DefaultRouteSettings")),
        "deploymentId": None if held.get("AutoDeploy") else held.get("DeploymentId"),
        "description": held.get("Description"),
        "executionArn": arn(call, "execute-api", f"{api}/{name}"),
        # `$default` has no path of its own on AWS; here it has, and the address ends in a slash as there.
        "invokeUrl": f"{base}/{name}/" if name == "$default" else f"{base}/{name}",
        "name": name,
        "routeSettings": [
            {**_route_settings(item), "routeKey": key} for key, item in (held.get("RouteSettings") or {}).items()
        ],
        "stageVariables": held.get("StageVariables") or None,
        "tags": _tags_of(call, f"{api}/stages/{name}"),
    }


def _route_settings(held: Values) -> Values:
    blanks: Values = {
        "dataTraceEnabled": False, "detailedMetricsEnabled": False, "loggingLevel": "", "throttlingBurstLimit": 0,
        "throttlingRateLimit": 0,
    }  # fmt: skip
    return {**blanks, **{ours: held[theirs] for ours, theirs in _ROUTE_SETTINGS.items() if theirs in held}}


def _default_settings(held: Values | None) -> Values | None:
    return _route_settings(held) if held else None


def _change_stage(call: Call, id: str, old: Values, new: Values) -> None:
    api = old["apiId"]
    names = [name for name in changed(old, new, _STAGE) if name != "deploymentId" or new.get(name) is not None]
    if names:
        # Empty settings switch access logs off; the embedded cloud takes DeleteAccessLogSettings for DeleteStage.
        gateway(call).update_stage(ApiId=api, StageName=id, **_stage_settings(new, names))
    _retag(call, f"{api}/stages/{id}", _tags(new))


def _remove_stage(call: Call, id: str, state: Values) -> None:
    gateway(call).delete_stage(ApiId=state["apiId"], StageName=id)


# -- deployments


def _make_deployment(call: Call, inputs: Values) -> str:
    text = given(inputs, {"description": "Description"})
    return str(gateway(call).create_deployment(ApiId=inputs["apiId"], **text)["DeploymentId"])


def _look_deployment(call: Call, id: str, state: Values) -> Values | None:
    if not state.get("apiId"):
        return None
    held = gateway(call).get_deployment(ApiId=state["apiId"], DeploymentId=id)
    automatic = held.get("AutoDeployed") is True
    return {"apiId": state["apiId"], "autoDeployed": automatic, "description": held.get("Description")}


def _change_deployment(call: Call, id: str, old: Values, new: Values) -> None:
    gateway(call).update_deployment(ApiId=old["apiId"], DeploymentId=id, Description=new.get("description") or "")


def _remove_deployment(call: Call, id: str, state: Values) -> None:
    gateway(call).delete_deployment(ApiId=state["apiId"], DeploymentId=id)


TYPES = [
    Served("aws:apigatewayv2/api:Api", _make_api, _look_api, _remove_api, _change_api),
    Served("aws:apigatewayv2/stage:Stage", _make_stage, _look_stage, _remove_stage, _change_stage),
    Served(
        "aws:apigatewayv2/deployment:Deployment",
        _make_deployment,
        _look_deployment,
        _remove_deployment,
        _change_deployment,
    ),
]
