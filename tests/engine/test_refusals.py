"""Mistakes in a program reach the person as the real provider would tell them: before anything is made, by property."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.providers import Running, StandIn
from tests.kit.engine import Project

pytestmark = pytest.mark.engine

PROGRAM = """
import assistant_components as assistant
import pulumi

def change(args):
    if args.type_ == "{type}":
        return pulumi.ResourceTransformResult({{**args.props, "{property}": {value}}}, args.opts)

assistant.ServerlessAssistant(
    "chat",
    {{"package": {package!r}, "model": {{"provider": assistant.ModelProvider.ECHO}}, "deletion_protection": False}},
    pulumi.ResourceOptions(transforms=[change]),
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Running([StandIn("aws", ())], tmp_path / "engine.pid", tmp_path / "journal") as running:
        yield Project(tmp_path / "project", variables=running.variables)


@pytest.mark.parametrize(
    ("type", "property", "value", "got", "expected"),
    [
        ("aws:sqs/queue:Queue", "visibilityTimeoutSeconds", 50_000, "got 50000", "43200"),
        ("aws:sqs/queue:Queue", "visibiltyTimeoutSeconds", 60, "visibiltyTimeoutSeconds", "visibilityTimeoutSeconds"),
        ("aws:lambda/function:Function", "memorySize", 64, "got 64", "128"),
        ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 15, "got 15", "14, 30, 60"),
        ("aws:dynamodb/table:Table", "billingMode", '"FREE"', 'got "FREE"', "PAY_PER_REQUEST"),
        ("aws:iam/role:Role", "assumeRolePolicy", '"not json"', 'got "not json"', "a JSON object"),
    ],
)
def test_a_wrong_property_in_a_component_is_refused_in_the_preview_and_named(
    project: Project, package: Path, type: str, property: str, value: object, got: str, expected: str
) -> None:
    project.write(main=PROGRAM.format(type=type, property=property, value=value, package=str(package))).init()
    project.pulumi("config", "set", "aws:region", "us-east-1", "--stack", "test")
    done = project.pulumi("preview", "--stack", "test")
    told = done.stdout + done.stderr
    assert done.returncode != 0
    line = next(line for line in told.splitlines() if property in line and "error" in line)
    assert got in line
    assert expected in line
    assert "chat-" in line  # the resource's name
    assert "Traceback" not in told
