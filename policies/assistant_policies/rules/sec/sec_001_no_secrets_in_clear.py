"""ASSIST-SEC-001."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

PLACES: dict[str, tuple[tuple[str, ...], ...]] = {
    "aws:lambda/function:Function": (("environment", "variables"),),
    "aws:ecs/taskDefinition:TaskDefinition": (("containerDefinitions",),),
    "aws:ec2/instance:Instance": (("userData",), ("userDataBase64",)),
    "aws:ec2/launchTemplate:LaunchTemplate": (("userData",),),
    "aws:lightsail/instance:Instance": (("userData",),),
    "docker:index/image:Image": (("build", "args"),),
    "docker:index/container:Container": (("envs",),),
}
# Beginnings by which the issuers themselves let leaked keys be found.
KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{36,}|"
    r"xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY-----)"
)
SECRET_NAME = re.compile(r"(secret|token|password|passwd|api_?key|private_?key|credential)", re.IGNORECASE)
# A reference says where a secret is, and may be shown.
REFERENCE = re.compile(r"^(arn:|secretsmanager:|ssm:|file:|\$\{|\{\{resolve:|https?://[^@]*$|/)", re.IGNORECASE)
REFERENCE_NAME = re.compile(r"(_REF|_ARN|_NAME|_ID|_PATH|_URL|_FILE)$", re.IGNORECASE)
ENTROPY_BITS, LENGTH_MIN = 3.2, 16  # per character; words and names stay below, random text above


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
    for path in PLACES[resource.type]:
        value = resource.read(*path)
        if value is ABSENT:
            continue
        for name, text in _texts(".".join(path), value):
            if text is UNKNOWN:
                # A value that comes out of another resource is a reference, or is that resource's to protect.
                if SECRET_NAME.search(name.rpartition(".")[2]) and not REFERENCE_NAME.search(name):
                    yield unknown(f"{name} is not known yet")
            elif _is_secret(name.rpartition(".")[2], text):
                yield fail(f"{name} holds what looks like a secret")
    yield passed()


def _texts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            key, equals, text = inner.partition("=") if isinstance(inner, str) else ("", "", "")
            yield from _texts(f"{name}.{key}", text) if equals else _texts(f"{name}[{index}]", inner)
    elif isinstance(value, str) or value is UNKNOWN:
        yield name, value


def _is_secret(name: str, text: str) -> bool:
    if KNOWN.search(text):
        return True
    if not SECRET_NAME.search(name) or REFERENCE_NAME.search(name) or REFERENCE.match(text):
        return False
    return len(text) >= LENGTH_MIN and _entropy(text) >= ENTROPY_BITS


def _entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
