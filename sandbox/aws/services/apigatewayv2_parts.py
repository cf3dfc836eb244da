"""API Gateway: what an API consists of: integrations, routes, authorizers. All of them are called alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.apigatewayv2 import gateway
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, changed, told

Sent = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _responses(value: Any) -> Any:
    return {item["statusCode"]: item["mappings"] for item in value}


def _jwt(value: Any) -> Any:
    fields = {"audiences": "Audience", "issuer": "Issuer"}
    return {theirs: value[ours] for ours, theirs in fields.items() if value.get(ours)}


def _parameters(value: Any) -> Any:
    return {item["requestParameterKey"]: {"Required": item["required"]} for item in value}


_INTEGRATION: dict[str, tuple[str, Sent]] = {
    "connectionId": ("ConnectionId", _same),
    "connectionType": ("ConnectionType", _same),
    "contentHandlingStrategy": ("ContentHandlingStrategy", _same),
    "credentialsArn": ("CredentialsArn", _same),
    "description": ("Description", _same),
    "integrationMethod": ("IntegrationMethod", _same),
    "integrationSubtype": ("IntegrationSubtype", _same),
    "integrationType": ("IntegrationType", _same),
    "integrationUri": ("IntegrationUri", _same),
    "payloadFormatVersion": ("PayloadFormatVersion", _same),
    "requestParameters": ("RequestParameters", _same),
    "requestTemplates": ("RequestTemplates", _same),
    "responseParameters": ("ResponseParameters", _responses),
    "templateSelectionExpression": ("TemplateSelectionExpression", _same),
    "timeoutMilliseconds": ("TimeoutInMillis", _same),
}
_ROUTE: dict[str, tuple[str, Sent]] = {
    "apiKeyRequired": ("ApiKeyRequired", _same),
    "authorizationScopes": ("AuthorizationScopes", _same),
    "authorizationType": ("AuthorizationType", _same),
    "authorizerId": ("AuthorizerId", _same),
    "modelSelectionExpression": ("ModelSelectionExpression", _same),
    "operationName": ("OperationName", _same),
    "requestModels": ("RequestModels", _same),
    "requestParameters": ("RequestParameters", _parameters),
    "routeKey": ("RouteKey", _same),
    "routeResponseSelectionExpression": ("RouteResponseSelectionExpression", _same),
    "target": ("Target", _same),
}
_AUTHORIZER: dict[str, tuple[str, Sent]] = {
    "authorizerCredentialsArn": ("AuthorizerCredentialsArn", _same),
    "authorizerPayloadFormatVersion": ("AuthorizerPayloadFormatVersion", _same),
    "authorizerResultTtlInSeconds": ("AuthorizerResultTtlInSeconds", _same),
    "authorizerType": ("AuthorizerType", _same),
    "authorizerUri": ("AuthorizerUri", _same),
    "enableSimpleResponses": ("EnableSimpleResponses", _same),
    "identitySources": ("IdentitySource", _same),
    "jwtConfiguration": ("JwtConfiguration", _jwt),
    "name": ("Name", _same),
}


def _integration_outputs(held: Values) -> Values:
    responses = held.get("ResponseParameters") or {}
    return {"responseParameters": [{"mappings": maps, "statusCode": code} for code, maps in responses.items()]}


def _route_outputs(held: Values) -> Values:
    return {"authorizationScopes": held.get("AuthorizationScopes") or None}


def _authorizer_outputs(held: Values) -> Values:
    jwt = held.get("JwtConfiguration") or {}
    found = {"audiences": jwt.get("Audience"), "issuer": jwt.get("Issuer")}
    outputs: Values = {"jwtConfiguration": found if jwt else None}
    if held.get("AuthorizerType") == "JWT":  # these belong to authorizers that are functions
        outputs |= {"authorizerPayloadFormatVersion": None, "authorizerResultTtlInSeconds": 0}
    return outputs


def _part(kind: str, fields: dict[str, tuple[str, Sent]], outputs: Callable[[Values], Values]) -> Served:
    """A part of an API, by the name that API Gateway's operations use for it."""
    word, id_name = kind.lower(), f"{kind}Id"
    plain = {ours: theirs for ours, (theirs, _) in fields.items()}

    def sent(values: Values, names: list[str]) -> Values:
        return {fields[name][0]: fields[name][1](values[name]) for name in names}

    def make(call: Call, inputs: Values) -> str:
        names = [name for name in fields if inputs.get(name) not in (None, "")]
        created = getattr(gateway(call), f"create_{word}")(ApiId=inputs["apiId"], **sent(inputs, names))
        return str(created[id_name])

    def look(call: Call, id: str, state: Values) -> Values | None:
        front, _, own = id.rpartition("/")  # an import says API/ID
        api = state.get("apiId") or front
        if not api:
            return None
        held = getattr(gateway(call), f"get_{word}")(ApiId=api, **{id_name: own})
        return {**told(held, plain), **outputs(held), "apiId": api}

    def change(call: Call, id: str, old: Values, new: Values) -> None:
        blanked: Values = {}
        names: list[str] = []
        for name in changed(old, new, fields):
            if new.get(name) is not None:
                names.append(name)
            elif isinstance(old.get(name), str) and name != "integrationMethod":
                blanked[fields[name][0]] = ""
            elif isinstance(old.get(name), list | dict):
                blanked[fields[name][0]] = fields[name][1](type(old[name])())
        if names or blanked:
            getattr(gateway(call), f"update_{word}")(ApiId=old["apiId"], **{id_name: id}, **sent(new, names), **blanked)

    def remove(call: Call, id: str, state: Values) -> None:
        getattr(gateway(call), f"delete_{word}")(ApiId=state["apiId"], **{id_name: id})

    return Served(f"aws:apigatewayv2/{word}:{kind}", make, look, remove, change)


TYPES = [
    _part("Integration", _INTEGRATION, _integration_outputs),
    _part("Route", _ROUTE, _route_outputs),
    _part("Authorizer", _AUTHORIZER, _authorizer_outputs),
]
