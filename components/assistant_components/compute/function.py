"""One function of the assistant, with everything that belongs to it alone."""

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import AfterValidator, Field

from assistant_components._base import AssistantComponent
from assistant_components._naming import FUNCTION_NAME_CHARS_MAX, name_faults
from assistant_components.compute.environment import environment_faults
from assistant_components.operations.logs import LOG_DAYS_DEFAULT, kept_days
from assistant_components.security import roles
from assistant_components.security.roles import Permission
from assistant_components.validation import Spec, Whole, member, read_spec

RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
ALIAS = "live"
TIMEOUT_SECONDS_MAX = 900


class Tracing(StrEnum):
    """Who decides whether a call is traced with X-Ray."""

    ACTIVE = "active"
    """The function traces a sample of its calls."""
    PASS_THROUGH = "passThrough"
    """Only calls that are traced already."""


def _existing(path: str) -> str:
    if not os.path.exists(path):
        where = "" if os.path.isabs(path) else f" in {os.getcwd()}"  # a plugin runs in a folder of its own
        raise ValueError(f"an existing file{where}; `python -m assistant.package PATH` builds it")
    return path


# Not among the component's properties: the path differs from machine to machine, the code's hash does not.
Package = Annotated[str, Field(exclude=True), AfterValidator(_existing)]


class FunctionSpec(Spec):
    """The plain part of AssistantFunctionArgs."""

    package: Package
    handler: str = Field(pattern=r"^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$")
    memory_mib: Annotated[int, Whole] = Field(default=256, ge=128, le=10_240)
    timeout_s: Annotated[int, Whole] = Field(default=10, ge=1, le=TIMEOUT_SECONDS_MAX)
    reserved_concurrency: Annotated[int, Whole] | None = Field(default=None, ge=1, le=10_000)
    log_days: Annotated[int, Whole, AfterValidator(kept_days)] = LOG_DAYS_DEFAULT
    tracing: Annotated[Tracing, member(Tracing)] = Tracing.ACTIVE


class FunctionNetwork(TypedDict):
    """A network in which functions run."""

    subnet_ids: list[pulumi.Input[str]]
    """Subnets of one VPC, with a route to every service that the function calls."""
    security_group_ids: list[pulumi.Input[str]]
    """Security groups of that VPC."""


class AssistantFunctionArgs(TypedDict):
    """Arguments of AssistantFunction."""

    package: str
    """Path of the zip with the code, for Python 3.13 on arm64."""
    handler: str
    """The function to call, as module.function."""
    memory_mib: NotRequired[int]
    """Memory in MiB; the processor's share grows with it. Default 256, from 128 to 10240."""
    timeout_s: NotRequired[int]
    """Seconds one call may take. Default 10, from 1 to 900."""
    reserved_concurrency: NotRequired[int]
    """Calls at once kept for this function, also its limit, up to 10000. Default none: shares the account's pool."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables: settings and references to secrets, never secrets. Default none."""
    permissions: NotRequired[list[Permission]]
    """What the function may do besides writing its logs and traces. Default nothing."""
    network: NotRequired[FunctionNetwork]
    """Network to run in. Default none: the function runs outside of any network of yours."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key for logs and environment. CloudWatch Logs must be allowed to use it. Default: keys of AWS."""
    log_days: NotRequired[int]
    """Days the logs are kept, as CloudWatch Logs offers them. Default 30."""
    tracing: NotRequired[Tracing]
    """Whether the function traces a sample of its calls with X-Ray. Default active."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for every resource that takes tags. Default: only the component's own."""


class AssistantFunction(AssistantComponent):
    """A Lambda function behind the alias `live`, with a role of its own that may do what is listed and nothing else.

    Creates role, inline policy, log group, function and alias. Paid per call and per GB-second; logs per GB.
    Raises InputError.
    """

    function_name: pulumi.Output[str]
    """Name of the function."""
    function_arn: pulumi.Output[str]
    """ARN of the function without a version."""
    alias_arn: pulumi.Output[str]
    """ARN of the alias `live`, which event sources call."""
    alias_name: pulumi.Output[str]
    """Name of the alias, for permissions."""
    invoke_arn: pulumi.Output[str]
    """ARN through which an API calls the alias."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    log_group_name: pulumi.Output[str]
    """Name of the log group."""

    def __init__(self, name: str, args: AssistantFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-function", limit=FUNCTION_NAME_CHARS_MAX) + environment_faults(args)
        spec = read_spec(FunctionSpec, f"AssistantFunction {name!r}", AssistantFunctionArgs, args, wrong)
        super().__init__(name, spec, opts)
        tags, key = self._tags(args.get("tags")), args.get("kms_key_arn")
        logs = aws.cloudwatch.LogGroup(
            self._child("logs"), retention_in_days=spec.log_days, kms_key_id=key, tags=tags, opts=self._opts()
        )
        role, policy = self._role(spec, args, logs)
        network = args.get("network")
        function = aws.lambda_.Function(
            self._child("function"),
            code=pulumi.FileArchive(spec.package),
            handler=spec.handler,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            role=role.arn,
            memory_size=spec.memory_mib,
            timeout=spec.timeout_s,
            reserved_concurrent_executions=spec.reserved_concurrency,
            publish=True,
            environment={"variables": args.get("environment") or {}},
            kms_key_arn=key,
            logging_config={"log_format": "JSON", "log_group": logs.name},
            tracing_config={"mode": "Active" if spec.tracing is Tracing.ACTIVE else "PassThrough"},
            vpc_config=None if network is None else {**network},
            tags=tags,
            opts=self._opts(depends_on=[policy]),  # else the first calls would not be allowed to do anything
        )
        alias = aws.lambda_.Alias(
            self._child(ALIAS),
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            opts=self._opts(),
        )
        self.function_name, self.function_arn, self.role_arn = function.name, function.arn, role.arn
        self.alias_arn, self.alias_name, self.invoke_arn = alias.arn, alias.name, alias.invoke_arn
        self.log_group_name = logs.name
        self._finish()

    def _role(
        self, spec: FunctionSpec, args: AssistantFunctionArgs, logs: "aws.cloudwatch.LogGroup"
    ) -> "tuple[aws.iam.Role, aws.iam.RolePolicy]":
        account = aws.get_caller_identity_output(opts=self._lookup()).account_id
        role = aws.iam.Role(
            self._child("role"),
            assume_role_policy=roles.document([roles.service_trust("lambda.amazonaws.com", account)]),
            tags=self._tags(args.get("tags")),
            opts=self._opts(),
        )
        permissions = [roles.write_logs(logs.arn), *(args.get("permissions") or [])]
        if spec.tracing is Tracing.ACTIVE:
            permissions.append(roles.write_traces())
        statements = [roles.statement(permission) for permission in permissions]
        if args.get("network") is not None:
            partition = aws.get_partition_output(opts=self._lookup()).partition
            region = aws.get_region_output(opts=self._lookup()).region
            statements += roles.attach_to_network(partition, region, account)
        policy = aws.iam.RolePolicy(
            self._child("policy"), role=role.name, policy=roles.document(statements), opts=self._opts()
        )
        return role, policy
