"""ASSIST-SEC-001."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT
from assistant_policies.logic.secrets import Kind, entries, is_secret
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

NAMED_MAX = 5  # names in one message
PLACES: dict[str, tuple[tuple[tuple[str, ...], Kind], ...]] = {
    "aws:lambda/function:Function": ((("environment", "variables"), Kind.VALUES),),
    "aws:ecs/taskDefinition:TaskDefinition": ((("containerDefinitions",), Kind.DOCUMENT),),
    "aws:ec2/instance:Instance": ((("userData",), Kind.SCRIPT), (("userDataBase64",), Kind.BASE64)),
    "aws:ec2/launchTemplate:LaunchTemplate": ((("userData",), Kind.BASE64),),
    "aws:lightsail/instance:Instance": ((("userData",), Kind.SCRIPT),),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": ((("environmentVariables",), Kind.VALUES),),
    "docker:index/image:Image": ((("build", "args"), Kind.VALUES),),
    "docker:index/remoteImage:RemoteImage": ((("build", "buildArgs"), Kind.VALUES),),
    "docker:index/container:Container": ((("envs",), Kind.VALUES),),
    "docker-build:index:Image": ((("buildArgs",), Kind.VALUES),),
}


@rule(
    "ASSIST-SEC-001",
    title="No secret stands in an environment, user data or build arguments",
    types=list(PLACES),
    severity=Severity.CRITICAL,
    gate="G0",
    scope=Scope.RESOURCE,
    why="such values are shown in consoles, stored in state and passed to every process",
    fix="store it in aws.secretsmanager.Secret, pass its ARN and read it at run time",
    refs=["OWASP LLM02", "FSBP ECS.8", "CKV_AWS_45", "CKV_AWS_46"],
)
def no_secrets_in_clear(resource: Resource, cx: Context) -> Iterable[Verdict]:
    undecided: list[str] = []
    for path, kind in PLACES[resource.type]:
        value = resource.read(*path)
        if value is ABSENT:
            continue
        for name, text in entries(".".join(path), value, kind):
            if not isinstance(text, str):
                undecided.append(name)
            elif is_secret(name.rpartition(".")[2], text):
                yield fail(f"{name} holds what looks like a secret")
    if undecided:
        more = f" and {len(undecided) - NAMED_MAX} more" if len(undecided) > NAMED_MAX else ""
        yield unknown(f"{', '.join(undecided[:NAMED_MAX])}{more}: not known yet, or not readable")
    yield passed()
