"""Lambda: what lies around a function: aliases, permissions, URLs, provisioned concurrency, layers."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.lambda_fields import invoke_arn
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, arn, given


def _lambda(call: Call) -> Any:
    return call.client("lambda")


def function_of(named: str) -> str:
    """The bare name of a function that is given by name or ARN, with or without a qualifier."""
    return named.rsplit(":function:", maxsplit=1)[-1].split(":", maxsplit=1)[0]


# -- aliases: the id is the ARN


def _routing(values: Values) -> Values:
    weights = (values.get("routingConfig") or {}).get("additionalVersionWeights") or {}
    return {"AdditionalVersionWeights": {str(version): weight for version, weight in weights.items()}}


def _make_alias(call: Call, inputs: Values) -> str:
    fields = {"description": "Description", "functionVersion": "FunctionVersion", "name": "Name"}
    request = {**given(inputs, fields), "FunctionName": inputs["functionName"]}
    if inputs.get("routingConfig"):
        request["RoutingConfig"] = _routing(inputs)
    return str(_lambda(call).create_alias(**request)["AliasArn"])


def _look_alias(call: Call, id: str, state: Values) -> Values:
    function, _, name = id.rpartition(":function:")[2].rpartition(":")
    held = _lambda(call).get_alias(FunctionName=function, Name=name)
    weights = (held.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
    return {
        "arn": held["AliasArn"],
        "description": held.get("Description"),
        "functionName": _as_named(state.get("functionName"), function),
        "functionVersion": held["FunctionVersion"],
        "invokeArn": invoke_arn(call, held["AliasArn"]),
        "name": held["Name"],
        "routingConfig": {"additionalVersionWeights": weights} if weights else None,
    }


def _as_named(given_name: Any, function: str) -> str:
    """The function as the program names it, by name or ARN, as long as it is that one."""
    return given_name if isinstance(given_name, str) and function_of(given_name) == function else function


def _change_alias(call: Call, id: str, old: Values, new: Values) -> None:
    _lambda(call).update_alias(
        FunctionName=function_of(id),
        Name=new["name"],
        FunctionVersion=new["functionVersion"],
        Description=new.get("description") or "",
        RoutingConfig=_routing(new),
    )


def _remove_alias(call: Call, id: str, state: Values) -> None:
    function, _, name = id.rpartition(":function:")[2].rpartition(":")
    _lambda(call).delete_alias(FunctionName=function, Name=name)


# -- permissions: the id is the statement's


def _make_permission(call: Call, inputs: Values) -> str:
    fields = {
        "action": "Action",
        "eventSourceToken": "EventSourceToken",
        "functionUrlAuthType": "FunctionUrlAuthType",
        "invokedViaFunctionUrl": "InvokedViaFunctionUrl",
        "principal": "Principal",
        "principalOrgId": "PrincipalOrgID",
        "qualifier": "Qualifier",
        "sourceAccount": "SourceAccount",
        "sourceArn": "SourceArn",
    }
    prefix = inputs.get("statementIdPrefix") or "terraform-"
    statement = inputs.get("statementId") or prefix + secrets.token_hex(13)
    _lambda(call).add_permission(FunctionName=inputs["function"], StatementId=statement, **given(inputs, fields))
    return str(statement)


def _look_permission(call: Call, id: str, state: Values) -> Values | None:
    named, _, statement = id.rpartition("/")  # an import says FUNCTION/STATEMENT or FUNCTION:QUALIFIER/STATEMENT
    name, _, version = named.partition(":")
    function, qualifier = state.get("function") or name, state.get("qualifier") or version
    if not function:
        return None
    chosen = {"Qualifier": qualifier} if qualifier else {}
    policy = json.loads(_lambda(call).get_policy(FunctionName=function, **chosen)["Policy"])
    own = arn(call, "lambda", f"function:{function_of(function)}" + (f":{qualifier}" if qualifier else ""))
    for held in policy["Statement"]:
        if held["Sid"] == statement and held.get("Resource", own) == own:
            return {"function": function, "qualifier": qualifier or None, **_statement(held)}
    return None


def _statement(found: Values) -> Values:
    principal = found["Principal"]
    tests = {
        name.lower(): value for operator in (found.get("Condition") or {}).values() for name, value in operator.items()
    }
    via_url = tests.get("lambda:invokedviafunctionurl")
    statement = str(found["Sid"])
    return {
        "action": found["Action"],
        "eventSourceToken": tests.get("lambda:eventsourcetoken"),
        "functionUrlAuthType": tests.get("lambda:functionurlauthtype"),
        "invokedViaFunctionUrl": None if via_url is None else str(via_url).lower() == "true",
        "principal": principal if isinstance(principal, str) else next(iter(principal.values())),
        "principalOrgId": tests.get("aws:principalorgid"),
        "sourceAccount": tests.get("aws:sourceaccount"),
        "sourceArn": tests.get("aws:sourcearn"),
        "statementId": statement,
        "statementIdPrefix": "terraform-" if statement.startswith("terraform-") else None,
    }


def _remove_permission(call: Call, id: str, state: Values) -> None:
    chosen = {"Qualifier": state["qualifier"]} if state.get("qualifier") else {}
    _lambda(call).remove_permission(FunctionName=state["function"], StatementId=id, **chosen)


# -- function URLs: the id is the function's name, and the qualifier if there is one


def _url_request(values: Values) -> Values:
    request = given(values, {"authorizationType": "AuthType", "invokeMode": "InvokeMode"})
    cors = values.get("cors") or {}
    request["Cors"] = {name[0].upper() + name[1:]: value for name, value in cors.items() if value is not None}
    return request


def _url_place(id: str) -> Values:
    function, _, qualifier = id.partition("/")
    return {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}


def _make_url(call: Call, inputs: Values) -> str:
    id = function_of(inputs["functionName"]) + (f"/{inputs['qualifier']}" if inputs.get("qualifier") else "")
    _lambda(call).create_function_url_config(**_url_place(id), **_url_request(inputs))
    return id


def _look_url(call: Call, id: str, state: Values) -> Values:
    place = _url_place(id)
    held = _lambda(call).get_function_url_config(**place)
    cors = {name[0].lower() + name[1:]: value for name, value in (held.get("Cors") or {}).items()}
    host = held["FunctionUrl"].partition("//")[2].partition(".")[0]
    # The cloud answers on a path of its own; the host name that it makes up leads nowhere.
    url = f"{call.endpoint}/_aws/lambda-url/{host}/" if call.endpoint else held["FunctionUrl"]
    return {
        "authorizationType": held["AuthType"],
        "cors": cors or None,
        "functionArn": held["FunctionArn"],
        "functionName": _as_named(state.get("functionName"), place["FunctionName"]),
        "functionUrl": url,
        "invokeMode": held.get("InvokeMode", "BUFFERED"),
        "qualifier": place.get("Qualifier"),
        "urlId": host,
    }


def _change_url(call: Call, id: str, old: Values, new: Values) -> None:
    _lambda(call).update_function_url_config(**_url_place(id), **_url_request(new))


def _remove_url(call: Call, id: str, state: Values) -> None:
    _lambda(call).delete_function_url_config(**_url_place(id))


# -- provisioned concurrency: the id is FUNCTION,QUALIFIER


def _make_provisioned(call: Call, inputs: Values) -> str:
    function, qualifier = function_of(inputs["functionName"]), inputs["qualifier"]
    _lambda(call).put_provisioned_concurrency_config(
        FunctionName=function,
        Qualifier=qualifier,
        ProvisionedConcurrentExecutions=inputs["provisionedConcurrentExecutions"],
    )
    return f"{function},{qualifier}"


def _look_provisioned(call: Call, id: str, state: Values) -> Values:
    function, _, qualifier = id.partition(",")
    held = _lambda(call).get_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)
    return {
        "functionName": _as_named(state.get("functionName"), function),
        "provisionedConcurrentExecutions": held["RequestedProvisionedConcurrentExecutions"],
        "qualifier": qualifier,
    }


def _change_provisioned(call: Call, id: str, old: Values, new: Values) -> None:
    _make_provisioned(call, new)


def _remove_provisioned(call: Call, id: str, state: Values) -> None:
    function, _, qualifier = id.partition(",")
    if state.get("skipDestroy") is not True:
        _lambda(call).delete_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)


TYPES = [
    Served("aws:lambda/alias:Alias", _make_alias, _look_alias, _remove_alias, _change_alias),
    Served("aws:lambda/permission:Permission", _make_permission, _look_permission, _remove_permission),
    Served("aws:lambda/functionUrl:FunctionUrl", _make_url, _look_url, _remove_url, _change_url),
    Served(
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        _make_provisioned,
        _look_provisioned,
        _remove_provisioned,
        _change_provisioned,
    ),
]
