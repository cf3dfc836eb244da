"""Section `model`: which language model answers."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.group import Group, SecretReference, words

_TIMEOUT = "Longest wait for one reply. At least 5 seconds less than compute.inference.timeout_s."


class Echo(Group):
    """No model: the reply is made from the message, the same for the same message. Needs nothing, costs nothing."""

    provider: Literal["echo"] = Field(description="Who runs the model.")


class OpenAI(Group):
    """Any endpoint that speaks the OpenAI chat protocol: a hosted service, vLLM, Ollama."""

    provider: Literal["openai"] = Field(description="Who runs the model.")
    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}$",
        description="The model's name at that endpoint. Required, because every endpoint has models of its own.",
        json_schema_extra=words(expected="a model's name, such as gpt-4o-mini"),
    )
    base_url: str = Field(
        pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$",
        max_length=2_048,
        description="The endpoint's address, with its path, such as https://models.example.com/v1. Required, because "
        "messages go there.",
        json_schema_extra=words(expected="an address such as https://models.example.com/v1"),
    )
    api_key: SecretReference | None = Field(
        default=None,
        description="The endpoint's key, as a reference {secret: <name>}. Left out: none is sent.",
    )
    timeout_s: int = Field(default=30, ge=1, le=600, description=_TIMEOUT, json_schema_extra=words(unit="seconds"))


class Bedrock(Group):
    """A model of Amazon Bedrock, called with the function's own role: there is no key."""

    provider: Literal["bedrock"] = Field(description="Who runs the model.")
    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,2047}$",
        description="Model id, inference profile id or ARN. Required, because what is offered depends on the region.",
        json_schema_extra=words(expected="a Bedrock model id, such as amazon.nova-lite-v1:0"),
    )
    timeout_s: int = Field(default=30, ge=1, le=600, description=_TIMEOUT, json_schema_extra=words(unit="seconds"))


Model = Annotated[Echo | OpenAI | Bedrock, Field(discriminator="provider")]
