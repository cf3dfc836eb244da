"""Section `model`: which language model answers."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.group import Group, SecretReference, words
from stacks.settings.replies import Cache, Guardrail, Limits, Prices

_TIMEOUT = "Longest wait for one reply. At least 5 seconds less than compute.inference.timeout_s."


ModelId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}$",
        description="The model's name at that endpoint. Required, because every endpoint has models of its own.",
        json_schema_extra=words(expected="a model's name, such as gpt-4o-mini"),
    ),
]
BaseUrl = Annotated[
    str,
    Field(
        pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$",
        max_length=2_048,
        description="The endpoint's address, with its path, such as https://models.example.com/v1. Required, because "
        "messages go there.",
        json_schema_extra=words(expected="an address such as https://models.example.com/v1"),
    ),
]
ApiKey = Annotated[
    SecretReference | None,
    Field(description="The endpoint's key, as a reference {secret: <name>}. Left out: none is sent."),
]
BedrockId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,2047}$",
        description="Model id, inference profile id or ARN. Required, because what is offered depends on the region.",
        json_schema_extra=words(expected="a Bedrock model id, such as amazon.nova-lite-v1:0"),
    ),
]
OwnPrices = Annotated[Prices | None, Field(description="What the model costs. Left out: its cost is not counted.")]


class FallbackEcho(Group):
    """No model: the reply is made from the message."""

    provider: Literal["echo"] = Field(description="Who runs the second model.")


class FallbackOpenAI(Group):
    """Any endpoint that speaks the OpenAI chat protocol."""

    provider: Literal["openai"] = Field(description="Who runs the second model.")
    id: ModelId
    base_url: BaseUrl
    api_key: ApiKey = None
    prices: OwnPrices = None


class FallbackBedrock(Group):
    """A model of Amazon Bedrock."""

    provider: Literal["bedrock"] = Field(description="Who runs the second model.")
    id: BedrockId
    prices: OwnPrices = None


Second = Annotated[
    Annotated[FallbackEcho | FallbackOpenAI | FallbackBedrock, Field(discriminator="provider")] | None,
    Field(description="The model that is asked when this one fails, within what is left of its time. Left out: none."),
]
DailyLimits = Annotated[Limits, Field(description="What may be used in one day.")]
OwnCache = Annotated[
    Cache | None,
    Field(description="Replies given again to the same question. Left out: as the template says."),
]
OwnGuardrail = Annotated[Guardrail | None, Field(description="What checks texts. Left out: nothing does.")]


class Echo(Group):
    """No model: the reply is made from the message, the same for the same message. Needs nothing, costs nothing."""

    provider: Literal["echo"] = Field(description="Who runs the model.")
    fallback: Second = None
    limits: DailyLimits = Limits()
    cache: OwnCache = None
    guardrail: OwnGuardrail = None


class OpenAI(Group):
    """Any endpoint that speaks the OpenAI chat protocol: a hosted service, vLLM, Ollama."""

    provider: Literal["openai"] = Field(description="Who runs the model.")
    id: ModelId
    base_url: BaseUrl
    api_key: ApiKey = None
    timeout_s: int = Field(default=30, ge=1, le=600, description=_TIMEOUT, json_schema_extra=words(unit="seconds"))
    prices: OwnPrices = None
    fallback: Second = None
    limits: DailyLimits = Limits()
    cache: OwnCache = None
    guardrail: OwnGuardrail = None


class Bedrock(Group):
    """A model of Amazon Bedrock, called with the function's own role: there is no key."""

    provider: Literal["bedrock"] = Field(description="Who runs the model.")
    id: BedrockId
    timeout_s: int = Field(default=30, ge=1, le=600, description=_TIMEOUT, json_schema_extra=words(unit="seconds"))
    prices: OwnPrices = None
    fallback: Second = None
    limits: DailyLimits = Limits()
    cache: OwnCache = None
    guardrail: OwnGuardrail = None


Model = Annotated[Echo | OpenAI | Bedrock, Field(discriminator="provider")]
