"""ASSIST-SRV-001."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

# AWS Lambda developer guide, "Lambda runtimes", those whose deprecation date has passed by 2026-08.
DEPRECATED = frozenset(
    {
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs16.x",
        "nodejs18.x",
        "nodejs20.x",
        "python2.7",
        "python3.6",
        "python3.7",
        "python3.8",
        "python3.9",
        "java8",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "dotnet5.0",
        "dotnet6",
        "dotnet7",
        "go1.x",
        "ruby2.5",
        "ruby2.7",
        "ruby3.2",
        "provided",
    }
)


@rule(
    "ASSIST-SRV-001",
    title="A function runs on a runtime that is still patched",
    types=["aws:lambda/function:Function"],
    severity=Severity.MEDIUM,
    gate="G1",
    scope=Scope.RESOURCE,
    why="a deprecated runtime gets no security fixes and can soon not be updated",
    fix="runtime='python3.13'",
    refs=["FSBP Lambda.2", "CKV_AWS_363"],
)
def runtime_is_supported(resource: Resource, cx: Context) -> Iterable[Verdict]:
    package, runtime = resource.text("packageType"), resource.text("runtime")
    if package == "Image":
        yield passed("a container image brings its own runtime")
    elif runtime is UNKNOWN or runtime is ABSENT:
        yield unknown("runtime is absent" if runtime is ABSENT else resource.lack("runtime"))
    elif runtime not in DEPRECATED:
        yield passed()
    elif package is UNKNOWN:
        yield unknown(resource.lack("packageType"))
    else:
        yield fail(f"runtime is {runtime}, which is deprecated")
