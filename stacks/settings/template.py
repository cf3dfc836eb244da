"""Section `template`: which application is deployed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stacks.settings.group import Group, words
from stacks.settings.templates import facts

IMAGE = r"^[a-z0-9][a-z0-9._/:-]{0,400}(@sha256:[0-9a-f]{64})?$"
PACKAGE = ".cache/packages/assistant.zip"
_PATH = r"^/[A-Za-z0-9._/-]{0,255}$"
_IMAGE_WORDS = "an image such as registry.example.com/assistant:1.2.0"
PROMPT_BYTES = 2_000  # a function's environment holds 4,096 bytes for all its variables


def _fits_the_environment(text: str) -> str:
    if len(text.encode()) > PROMPT_BYTES:
        raise ValueError("too long")
    return text


class Reference(Group):
    """The application in this repository: its package and what it is told about itself."""

    name: Literal["reference"] = Field(description="The application: the one in this repository, in `assistant/`.")
    package: str = Field(
        default=PACKAGE,
        min_length=1,
        max_length=1_024,
        description="Path of the functions' zip file in the project's folder. `make package` builds the default one.",
        json_schema_extra=words(expected="the path of a zip file"),
    )
    system_prompt: Annotated[str, AfterValidator(_fits_the_environment)] = Field(
        default="You are a helpful assistant. Answer briefly.",
        min_length=1,
        max_length=PROMPT_BYTES,
        description="What the model is told before every conversation. At most 2,000 bytes in UTF-8.",
        json_schema_extra=words(expected=f"a text of 1 to {PROMPT_BYTES} bytes"),
    )


class OpenClaw(Group):
    """OpenClaw's gateway. What it needs stands in stacks/templates/openclaw.yaml."""

    name: Literal["openclaw"] = Field(description="The application: OpenClaw's gateway.")
    image: str | None = Field(
        default=None,
        pattern=IMAGE,
        description="Another image of it. Left out: the one in stacks/templates/openclaw.yaml.",
        json_schema_extra=words(expected=_IMAGE_WORDS),
    )


class Image(Group):
    """Any image that answers HTTP on a port."""

    name: Literal["image"] = Field(description="The application: an image of yours.")
    image: str = Field(
        pattern=IMAGE,
        description="The image, with its registry and tag or digest. Required, because it is yours.",
        json_schema_extra=words(expected=_IMAGE_WORDS),
    )
    port: int = Field(
        default=facts("image").port,
        ge=1,
        le=65_535,
        description="Where it answers.",
        json_schema_extra=words(unit="(a TCP port)"),
    )
    readiness_path: str = Field(
        default=facts("image").readiness_path,
        pattern=_PATH,
        description="Answers 200 when it can work.",
        json_schema_extra=words(expected="a path such as /ready"),
    )
    data_directory: str = Field(
        default=facts("image").data_directory,
        pattern=_PATH,
        description="What it keeps is here, and survives another image.",
        json_schema_extra=words(expected="a path such as /data"),
    )
    memory_mib: int = Field(
        default=facts("image").memory_floor_mib,
        ge=64,
        le=1_048_576,
        description="The least memory that it runs in.",
        json_schema_extra=words(unit="MiB"),
    )


Template = Annotated[Reference | OpenClaw | Image, Field(discriminator="name")]
