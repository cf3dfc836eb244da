"""Who runs the language model: what the application is told about it, and what its role may do to reach it."""

from enum import StrEnum
from typing import Annotated, NotRequired, Self, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from assistant_components.security.roles import Permission, invoke_model, read_secret
from assistant_components.validation import Spec, Whole, disagree, member


class ModelProvider(StrEnum):
    """Who runs the language model."""

    ECHO = "echo"
    """Nobody: the reply is made from the message, always the same for the same message."""
    OPENAI = "openai"
    """An endpoint that speaks the OpenAI chat protocol: a hosted service, vLLM, Ollama."""
    BEDROCK = "bedrock"
    """Amazon Bedrock, called with the function's own role."""


class ModelSpec(Spec):
    """The plain part of `AssistantModel`."""

    provider: Annotated[ModelProvider, member(ModelProvider)]
    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,2047}$")
    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$", max_length=2_048)
    timeout_s: Annotated[int, Whole] = Field(default=30, ge=1, le=890)

    @model_validator(mode="after")
    def _fits_provider(self) -> Self:
        needed = {ModelProvider.ECHO: (), ModelProvider.OPENAI: ("id", "base_url"), ModelProvider.BEDROCK: ("id",)}
        faults: list[tuple[str, object, str]] = [
            (field, None, f"a value: the {self.provider.value} provider needs it")
            for field in needed[self.provider]
            if getattr(self, field) is None
        ]
        if self.provider is not ModelProvider.OPENAI and self.base_url is not None:
            faults.append(("base_url", self.base_url, f"nothing: the {self.provider.value} provider has no address"))
        if faults:
            raise disagree(*faults)
        return self


class AssistantModel(TypedDict):
    """The language model that answers."""

    provider: ModelProvider
    """Who runs the model: echo, openai or bedrock."""
    id: NotRequired[str]
    """Name of the model; for bedrock a model id, a profile id or an ARN. Default none: only echo needs none."""
    base_url: NotRequired[str]
    """Address of the openai endpoint, before /chat/completions. Default none: openai needs one."""
    api_key_secret_arn: NotRequired[pulumi.Input[str]]
    """ARN of the Secrets Manager secret with the openai endpoint's key. Default none: no key is sent."""
    timeout_s: NotRequired[int]
    """Seconds to wait for one reply, at least 5 below the function's timeout. Default 30, from 1 to 890."""


def model_environment(spec: ModelSpec, args: AssistantModel) -> dict[str, pulumi.Input[str]]:
    """What the application reads about the model; the key is a reference, never the key."""
    told: dict[str, pulumi.Input[str]] = {
        "ASSISTANT_MODEL_PROVIDER": spec.provider.value,
        "ASSISTANT_MODEL_TIMEOUT_S": str(spec.timeout_s),
    }
    if spec.id is not None:
        told["ASSISTANT_MODEL_ID"] = spec.id
    if spec.base_url is not None:
        told["ASSISTANT_MODEL_BASE_URL"] = spec.base_url
    secret = args.get("api_key_secret_arn")
    if secret is not None:
        told["ASSISTANT_MODEL_API_KEY_REF"] = pulumi.Output.concat("secretsmanager:", secret)
    return told


def model_permissions(spec: ModelSpec, args: AssistantModel, lookup: pulumi.InvokeOutputOptions) -> list[Permission]:
    """What the role needs to reach the model: the model itself, or the one secret with the endpoint's key."""
    if spec.provider is ModelProvider.BEDROCK and spec.id is not None:
        partition = aws.get_partition_output(opts=lookup).partition
        region = aws.get_region_output(opts=lookup).region
        return invoke_model(spec.id, partition, region, aws.get_caller_identity_output(opts=lookup).account_id)
    secret = args.get("api_key_secret_arn")
    return [] if secret is None else [read_secret(secret)]
