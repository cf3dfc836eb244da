"""The five sections together, and their JSON schema."""

from functools import cache
from typing import Any

from pydantic import Field

from stacks.settings.channels import Channels
from stacks.settings.compute import Compute
from stacks.settings.deploy import Deploy
from stacks.settings.group import Group
from stacks.settings.model import Model
from stacks.settings.template import Template

NAMESPACE = "assistant"  # the sections are the configuration keys assistant:template, assistant:compute, ...
REGION_KEY = "aws:region"
REGION_PATTERN = r"^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$"


class Sections(Group):
    """What a stack's settings file says, in the order of the five steps."""

    template: Template = Field(description="Which application is deployed.")
    compute: Compute = Field(description="Where it runs, and how large it may grow.")
    model: Model = Field(description="Which language model answers.")
    channels: Channels = Field(description="Where people write to it.")
    deploy: Deploy = Field(description="Whose deployment it is, how it is kept, protected and watched.")


class Settings(Sections):
    """The five sections and the region that the stack's AWS provider works in."""

    region: str


NAMES = tuple(Sections.model_fields)


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of the five sections. Callers do not change it."""
    return Sections.model_json_schema()


def file_schema() -> dict[str, Any]:
    """The JSON schema of a whole stacks/Pulumi.<stack>.yaml, for editors. Providers' keys may stand beside ours."""
    sections = dict(schema())
    definitions = sections.pop("$defs")
    keys: dict[str, Any] = {f"{NAMESPACE}:{name}": node for name, node in sections["properties"].items()}
    region = {"type": "string", "pattern": REGION_PATTERN, "description": "The AWS region of the stack."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of one stack",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [REGION_KEY, *keys],
                "properties": {REGION_KEY: region, **keys},
                "patternProperties": {f"^(?!{NAMESPACE}:)": {}},
                "additionalProperties": False,
            }
        },
        "$defs": definitions,
    }
