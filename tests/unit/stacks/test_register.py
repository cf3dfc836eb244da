"""What the program registers for its settings, and what it exports."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from stacks.compose import NAME, OUTPUTS, register
from stacks.settings.errors import SettingsError
from stacks.settings.sections import Settings
from tests.kit.aws_mocks import AwsMocks
from tests.kit.recording import record, registered_by
from tests.kit.settings import OPENAI, SLACK, folder_with_package, settings

SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:models/key-AbCdEf"
IDENTITY = {
    "Project": "assistant",
    "Environment": "test",
    "Owner": "tests",
    "CostCenter": "CC-42",
    "DataClass": "public",
}
LOOKUP = "aws:secretsmanager/getSecret:getSecret"

Answer = Callable[[AwsMocks, MockCallArgs], tuple[dict[str, Any], list[tuple[str, str]]]]


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The program runs in a folder that holds the package."""
    monkeypatch.chdir(folder_with_package())
    return monkeypatch


def answering(secret: tuple[dict[str, Any], list[tuple[str, str]]]) -> Answer:
    """The cloud's answers, with one for the secret."""
    others: Answer = AwsMocks.call

    def call(mocks: AwsMocks, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return secret if args.token == LOOKUP else others(mocks, args)

    return call


def with_key() -> Settings:
    """Settings whose model needs a secret, given by its name."""
    return settings({"model": {**OPENAI, "api_key": {"secret": "models/key"}}})


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_the_assistant_is_registered_with_its_settings_and_its_outputs_are_exported(preview: bool) -> None:
    exported: dict[str, Any] = {}
    read = settings({"deploy.retention.log_days": 7})
    graph = record(lambda: exported.update(register(read)), preview=preview)
    assert graph.one(NAME).type == "assistant-components:index:ServerlessAssistant"
    assert {node.inputs["retentionInDays"] for node in graph.of_type("logGroup:LogGroup")} == {7}
    assert tuple(exported) == OUTPUTS
    assert all(isinstance(value, pulumi.Output) for value in exported.values())


def test_every_resource_that_takes_tags_says_whose_it_is() -> None:
    read = settings({"deploy.cost_center": "CC-42", "deploy.data_class": "public", "deploy.own_key": True})
    tagged = [node for node in record(lambda: register(read)).nodes.values() if "tags" in node.inputs]
    assert len(tagged) > 10
    for node in tagged:
        assert IDENTITY.items() <= node.inputs["tags"].items(), node.name


def test_a_secret_is_looked_up_and_only_its_arn_reaches_the_function(project: pytest.MonkeyPatch) -> None:
    project.setattr(AwsMocks, "call", answering(({"arn": SECRET_ARN, "name": "models/key"}, [])))
    functions = record(lambda: register(with_key())).of_type("function:Function")
    variables = [node.inputs["environment"]["variables"] for node in functions]
    keys = [each["ASSISTANT_MODEL_API_KEY_REF"] for each in variables if "ASSISTANT_MODEL_API_KEY_REF" in each]
    assert keys == [f"secretsmanager:{SECRET_ARN}"]


def test_a_secret_that_is_not_there_is_told_in_one_line_before_anything_is_registered(
    project: pytest.MonkeyPatch,
) -> None:
    project.setattr(AwsMocks, "call", answering(({}, [("name", "no\nsecret models/key")])))
    raised, registered = registered_by(lambda: register(with_key()))
    assert isinstance(raised, SettingsError)
    assert str(raised) == (
        "model.api_key.secret: got a name that could not be looked up (no secret ... (name)), expected a secret "
        "in AWS Secrets Manager, in the stack's account and region; "
        "make it with `aws secretsmanager create-secret`, or write its ARN"
    )
    assert registered == []


def test_every_secret_that_is_not_there_is_told_with_its_own_place(project: pytest.MonkeyPatch) -> None:
    project.setattr(AwsMocks, "call", answering(({}, [("name", "no secret")])))
    acme = {"channel": "slack", "name": "acme", **SLACK, "bot_token": {"secret": SECRET_ARN}}
    read = settings({"channels.slack": SLACK, "channels.installations": [acme], "model": with_key().model.model_dump()})
    raised, registered = registered_by(lambda: register(read))
    places = [line.partition(": got ")[0] for line in str(raised).splitlines()]
    assert places == [
        "model.api_key.secret", "channels.slack.signing_secret.secret", "channels.slack.bot_token.secret",
        "channels.installations[0].signing_secret.secret",
    ]  # fmt: skip
    assert registered == []
