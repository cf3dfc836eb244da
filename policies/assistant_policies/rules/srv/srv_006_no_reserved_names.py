"""ASSIST-SRV-006."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

# AWS Lambda developer guide, "Defined runtime environment variables": reserved keys.
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)


@rule(
    "ASSIST-SRV-006",
    title="The environment of a function uses no name that Lambda reserves",
    types=["aws:lambda/function:Function"],
    severity=Severity.MEDIUM,
    gate="G0",
    scope=Scope.RESOURCE,
    why="a preview shows nothing wrong, and the deployment is refused",
    fix="remove the variable; Lambda sets it by itself",
    refs=["own"],
)
def no_reserved_names(resource: Resource, cx: Context) -> Iterable[Verdict]:
    variables = resource.read("environment", "variables")
    if isinstance(variables, dict):
        for name in sorted(RESERVED & set(variables)):
            yield fail(f"environment.variables has {name}")
    elif variables is not ABSENT:
        yield unknown(resource.lack("environment", "variables"))
    yield passed()
