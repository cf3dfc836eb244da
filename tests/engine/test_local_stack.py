"""The life of the local stack on the real engine: plan, deploy, nothing to do, one change, remove."""

import json
from typing import Any

import pytest

from tests.kit.deployment import Deployment

pytestmark = pytest.mark.engine


def types_of(operations: dict[str, str]) -> set[str]:
    """The resource types that a preview would touch."""
    return {urn.split("::")[2].rpartition("$")[2] for urn in operations}


def what_the_cloud_holds(deployment: Deployment) -> dict[str, list[Any]]:
    """Everything of the kinds that the stack makes, as the embedded cloud lists it."""
    functions = deployment.client("lambda")
    return {
        "functions": functions.list_functions()["Functions"],
        "event sources": functions.list_event_source_mappings()["EventSourceMappings"],
        "queues": deployment.client("sqs").list_queues().get("QueueUrls", []),
        "tables": deployment.client("dynamodb").list_tables()["TableNames"],
        "apis": deployment.client("apigatewayv2").get_apis()["Items"],
        "roles": deployment.client("iam").list_roles()["Roles"],
        "topics": deployment.client("sns").list_topics()["Topics"],
        "alarms": deployment.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "log groups": deployment.client("logs").describe_log_groups()["logGroups"],
        "buckets": deployment.client("s3").list_buckets()["Buckets"],
        "secrets": deployment.client("secretsmanager").list_secrets()["SecretList"],
    }


def test_a_preview_after_an_update_is_empty(deployed: Deployment) -> None:
    assert deployed.operations() == {}


def test_a_refresh_finds_no_drift(deployed: Deployment) -> None:
    done = deployed.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert done.returncode == 0, done.stdout


def test_every_resource_is_in_the_component_and_has_its_tags(deployed: Deployment) -> None:
    custom = [r for r in deployed.resources() if r["custom"] and not r["type"].startswith("pulumi:")]
    assert len(custom) > 20
    assert all("ServerlessAssistant" in resource["parent"] for resource in custom)
    tagged = [resource for resource in custom if "tagsAll" in resource["outputs"]]
    assert tagged
    for resource in tagged:
        assert {"Project", "Environment", "Owner"} <= set(resource["outputs"]["tagsAll"] or {}), resource["urn"]


def test_no_secret_value_is_in_the_state(deployed: Deployment) -> None:
    exported = json.dumps(deployed.resources())
    assert "AKIA" not in exported
    assert "aws_secret_access_key" not in exported.lower()


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("compute__throttle__burst", 33, {"aws:apigatewayv2/stage:Stage"}),
        ("deploy__retention__log_days", 30, {"aws:cloudwatch/logGroup:LogGroup"}),
        (
            "compute__inference__memory_mib", 640,
            {"aws:lambda/function:Function", "aws:lambda/alias:Alias"},
        ),
    ],
)  # fmt: skip
def test_a_changed_setting_changes_only_what_it_concerns(
    deployed: Deployment, setting: str, value: object, expected: set[str]
) -> None:
    operations = deployed.operations("--config-file", str(deployed.settings(**{setting: value})))
    touched = {kind for kind in types_of(operations) if kind.startswith("aws:")}
    assert touched == expected
    assert set(operations.values()) == {"update"}  # nothing is replaced


def test_the_whole_life_of_a_stack(deployment: Deployment) -> None:
    planned = deployment.operations()
    assert set(planned.values()) == {"create"}
    done = deployment.up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert {r["urn"] for r in deployment.resources() if not r["type"].startswith("pulumi:providers")} == set(planned)

    client = deployment.client("sqs")
    client.set_queue_attributes(QueueUrl=deployment.outputs()["queue_url"], Attributes={"VisibilityTimeout": "31"})
    drift = deployment.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert drift.returncode != 0
    assert "visibilityTimeoutSeconds" in drift.stdout
    healed = deployment.up("--refresh")
    assert healed.returncode == 0, healed.stdout
    assert deployment.operations() == {}

    gone = deployment.destroy()
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert {kind: held for kind, held in what_the_cloud_holds(deployment).items() if held} == {}
