"""Section `template`: which application is deployed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stacks.settings.group import Group, words

PACKAGE = ".cache/packages/assistant.zip"
PROMPT_BYTES = 2_000  # a function's environment holds 4,096 bytes for all its variables


def _fits_the_environment(text: str) -> str:
    if len(text.encode()) > PROMPT_BYTES:
        raise ValueError("too long")
    return text


class Template(Group):
    """The application: its package and what it is told about itself."""

    name: Literal["reference"] = Field(
        default="reference", description="The application. `reference` is the one in this repository, in `assistant/`."
    )
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
