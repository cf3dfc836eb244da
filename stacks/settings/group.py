"""The base of all settings models, and the words that a field carries besides its type and bounds."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Group(BaseModel):
    """A group of settings: unknown keys are errors, nothing is converted ("5" is no number), nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True, allow_inf_nan=False)


def words(*, unit: str = "", expected: str = "", hidden: bool = False) -> dict[str, Any]:
    """What the JSON schema says of a field besides its type: for the messages, the documentation and editors.

    `unit` names what a number counts; `expected` puts a pattern into words; `hidden` keeps the value out of messages.
    """
    said: dict[str, Any] = {}
    if unit:
        said["x-unit"] = unit
    if expected:
        said["x-expected"] = expected
    if hidden:
        said["writeOnly"] = True
    return said


class SecretReference(Group):
    """Where a secret lies; the secret itself is read by the application at run time and is never in the settings."""

    model_config = ConfigDict(json_schema_extra=words(expected="a reference {secret: <name>}", hidden=True))

    secret: str = Field(
        pattern=r"^[A-Za-z0-9/_+=.@:-]{1,512}$",
        description="Name or ARN of a secret in AWS Secrets Manager, in the stack's account and region.",
        json_schema_extra=words(expected="the name or ARN of a secret in AWS Secrets Manager", hidden=True),
    )
