"""Short ways to ask the AWS stand-in's parts the questions that the tests ask."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider import AwsProvider, Options
from sandbox.provider.protocol import CheckAnswer, CheckQuestion, DiffAnswer, Naming, Resource, Stored

QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
FUNCTION = "aws:lambda/function:Function"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
TRUST = '{"Version":"2012-10-17","Statement":[]}'


def resource(type: str, name: str = "thing") -> Resource:
    """A resource of the type, under its own name."""
    return Resource(f"urn:pulumi:test::project::{type}::{name}", type, name)


def provider(**configuration: Any) -> AwsProvider:
    """A configured provider without an embedded cloud."""
    made = AwsProvider(Options())
    made.configure({"region": "us-east-1", **configuration})
    return made


def check(
    type: str,
    news: dict[str, Any],
    olds: dict[str, Any] | None = None,
    name: str = "thing",
    seed: bytes = b"seed",
    naming: Naming | None = None,
    proposed: str = "",
) -> CheckAnswer:
    """The provider's judgement of the inputs."""
    return provider().check(CheckQuestion(resource(type, name), news, olds, seed, naming, proposed))


def reasons(type: str, news: dict[str, Any]) -> dict[str, str]:
    """Property -> what is wrong with it."""
    return {failure.property: failure.reason for failure in check(type, news).failures}


def diff(type: str, made: dict[str, Any], changed: dict[str, Any], ignore: list[str] | None = None) -> DiffAnswer:
    """What it means to go from a resource made with `made` to the inputs `changed` (None takes an input away)."""
    asked = provider()
    inputs = check(type, made).inputs
    id, outputs = asked.create(resource(type), inputs, preview=False)
    news = {name: value for name, value in {**made, **changed}.items() if value is not None}
    checked = asked.check(CheckQuestion(resource(type), news, inputs, b"seed"))
    assert checked.failures == []
    return asked.diff(resource(type), Stored(id, inputs, outputs), checked.inputs, ignore or [])
