"""Who runs the language model: what the application is told about it, and what its role may do to reach it."""

from enum import StrEnum
from typing import Annotated, NotRequired, Self, TypedDict

import pulumi
from pydantic import Field, model_validator

from assistant_components._place import Locate
from assistant_components.model.access import invoke_model
from assistant_components.security.roles import Permission, read_secret
from assistant_components.validation import Spec, Whole, disagree, member


class ModelProvider(StrEnum):
    """Who runs the language model."""

    ECHO = "echo"
    """Nobody: the reply is made from the message, always the same for the same message."""
    OPENAI = "openai"
    """An endpoint that speaks the OpenAI chat protocol: a hosted service, vLLM, Ollama."""
    BEDROCK = "bedrock"
    """Amazon Bedrock, called with the function's own role."""


USD_MAX = 1_000_000
NEEDED = {ModelProvider.ECHO: (), ModelProvider.OPENAI: ("id", "base_url"), ModelProvider.BEDROCK: ("id",)}


class _Prices(Spec):
    input_usd: float = Field(default=0.0, ge=0, le=USD_MAX)
    output_usd: float = Field(default=0.0, ge=0, le=USD_MAX)


class _Named(Spec):
    """Which model it is."""

    provider: Annotated[ModelProvider, member(ModelProvider)]
    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,2047}$")
    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$", max_length=2_048)
    prices: _Prices | None = None

    @model_validator(mode="after")
    def _fits_provider(self) -> Self:
        faults: list[tuple[str, object, str]] = [
            (field, None, f"a value: the {self.provider.value} provider needs it")
            for field in NEEDED[self.provider]
            if getattr(self, field) is None
        ]
        if self.provider is not ModelProvider.OPENAI and self.base_url is not None:
            faults.append(("base_url", self.base_url, f"nothing: the {self.provider.value} provider has no address"))
        if faults:
            raise disagree(*faults)
        return self


class FallbackSpec(_Named):
    """The plain part of `FallbackModel`."""


class ModelSpec(_Named):
    """The plain part of `AssistantModel`."""

    timeout_s: Annotated[int, Whole] = Field(default=30, ge=1, le=890)
    fallback: FallbackSpec | None = None


class ModelPrices(TypedDict):
    """What a model costs, to count what conversations use."""

    input_usd: NotRequired[float]
    """US dollars for a million tokens that the model reads. Default 0.0, up to 1000000."""
    output_usd: NotRequired[float]
    """US dollars for a million tokens that the model writes. Default 0.0, up to 1000000."""


class FallbackModel(TypedDict):
    """The model that is asked when the first one fails, within what is left of its time."""

    provider: ModelProvider
    """Who runs the model: echo, openai or bedrock."""
    id: NotRequired[str]
    """Name of the model; for bedrock a model id, a profile id or an ARN. Default none: only echo needs none."""
    base_url: NotRequired[str]
    """Address of the openai endpoint, before /chat/completions. Default none: openai needs one."""
    api_key_secret_arn: NotRequired[pulumi.Input[str]]
    """ARN of the Secrets Manager secret with the openai endpoint's key. Default none: no key is sent."""
    prices: NotRequired[ModelPrices]
    """What it costs. Default none: its cost is not counted."""


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
    prices: NotRequired[ModelPrices]
    """What it costs. Default none: its cost is not counted."""
    fallback: NotRequired[FallbackModel]
    """The model that is asked when this one fails. Default none."""


def model_environment(spec: ModelSpec, args: AssistantModel) -> dict[str, pulumi.Input[str]]:
    """What the application reads about the models; keys are references, never the keys."""
    told = _named("MODEL", spec, args.get("api_key_secret_arn"))
    told["ASSISTANT_MODEL_TIMEOUT_S"] = str(spec.timeout_s)
    if spec.fallback is not None:
        told |= _named("FALLBACK", spec.fallback, (args.get("fallback") or {}).get("api_key_secret_arn"))
    return told


def _named(prefix: str, spec: _Named, secret: pulumi.Input[str] | None) -> dict[str, pulumi.Input[str]]:
    known = {
        "PROVIDER": spec.provider.value,
        "ID": spec.id,
        "BASE_URL": spec.base_url,
        "USD_PER_MILLION_INPUT": decimal(spec.prices.input_usd) if spec.prices else None,
        "USD_PER_MILLION_OUTPUT": decimal(spec.prices.output_usd) if spec.prices else None,
    }
    told: dict[str, pulumi.Input[str]] = {
        f"ASSISTANT_{prefix}_{name}": value for name, value in known.items() if value is not None
    }
    if secret is not None:
        told[f"ASSISTANT_{prefix}_API_KEY_REF"] = reference(secret)
    return told


def reference(secret_arn: pulumi.Input[str]) -> pulumi.Input[str]:
    """How the application is told where a secret is."""
    if isinstance(secret_arn, str):
        return f"secretsmanager:{secret_arn}"
    return pulumi.Output.concat("secretsmanager:", secret_arn)


def decimal(number: float) -> str:
    """A number in digits, at most six of them behind the point."""
    text = f"{number:.6f}".rstrip("0")
    return text.rstrip(".")


def model_permissions(spec: ModelSpec, args: AssistantModel, locate: Locate) -> list[Permission]:
    """What the role needs to reach the models: the models themselves, or the secrets with their endpoints' keys."""
    made = _reached("", spec, args.get("api_key_secret_arn"), locate)
    if spec.fallback is not None:
        key = (args.get("fallback") or {}).get("api_key_secret_arn")
        made += _reached("Fallback", spec.fallback, key, locate)
    return made


def _reached(prefix: str, spec: _Named, secret: pulumi.Input[str] | None, locate: Locate) -> list[Permission]:
    made: list[Permission] = []
    if spec.provider is ModelProvider.BEDROCK and spec.id is not None:
        made = invoke_model(spec.id, locate())
    elif secret is not None:
        made = [read_secret(secret)]
    return [{**permission, "sid": f"{prefix}{permission['sid']}"} for permission in made]
