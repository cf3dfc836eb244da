"""From settings to components: `compose` decides and registers nothing, `register` registers what was decided."""

import re
from collections.abc import Callable
from typing import Any

import pulumi

from assistant_components import AssistantModel, ModelProvider, ServerlessAssistant, ServerlessAssistantArgs
from stacks.settings.channels import Channels
from stacks.settings.deploy import Deploy
from stacks.settings.errors import Fault, SettingsError
from stacks.settings.group import Group
from stacks.settings.model import Model, OpenAI
from stacks.settings.sections import Settings

NAME = "assistant"  # the component's name; what it is made of is named after it
OUTPUTS = (
    "url",
    "ready_url",
    "webhook_urls",
    "session_store",
    "queue_url",
    "dead_letter_queue_url",
    "log_groups",
    "alarm_topic",
)

SecretArn = Callable[[str], pulumi.Input[str]]


def compose(settings: Settings, *, project: str, secret_arn: SecretArn) -> ServerlessAssistantArgs:
    """The component's arguments. `secret_arn` gives the ARN of a secret by its name; ARNs are passed on as they are."""
    compute, deploy = settings.compute, settings.deploy
    args: ServerlessAssistantArgs = {
        "package": settings.template.package,
        "system_prompt": settings.template.system_prompt,
        "functions": {
            "ingress": _given(compute.ingress),
            "inference": _given(compute.inference),
        },
        "throttle": _given(compute.throttle),
        "model": _model(settings.model, secret_arn),
        "channels": open_channels(settings.channels),
        "retention": _given(deploy.retention),
        "deletion_protection": deploy.deletion_protection,
        "own_key": deploy.own_key,
        "alarm_emails": deploy.alarm_emails,
        "tags": tags(deploy, project),
    }
    if deploy.kms_key_arn is not None:
        args["kms_key_arn"] = deploy.kms_key_arn
    if deploy.alarm_topic_arn is not None:
        args["alarm_topic_arn"] = deploy.alarm_topic_arn
    if deploy.network is not None:
        args["network"] = _given(deploy.network)
    return args


def tags(deploy: Deploy, project: str) -> dict[str, str]:
    """The tags that every resource has: whose it is, what it belongs to, how sensitive its data is."""
    return {
        "Project": project,
        "Environment": deploy.environment,
        "Owner": deploy.owner,
        "CostCenter": deploy.cost_center,
        "DataClass": deploy.data_class,
    }


def open_channels(channels: Channels) -> list[str]:
    """The names of the channels that are open, in the order of the models."""
    return [name for name in Channels.model_fields if getattr(channels, name) is not None]


def _model(model: Model, secret_arn: SecretArn) -> AssistantModel:
    args: AssistantModel = _given(model, without={"api_key"})
    args["provider"] = ModelProvider(model.provider)
    if isinstance(model, OpenAI) and model.api_key is not None:
        name = model.api_key.secret
        args["api_key_secret_arn"] = name if name.startswith("arn:") else secret_arn(name)
    return args


def _given(group: Group, without: set[str] | None = None) -> Any:
    """A group's fields under the names that the component has for them, without those that are left out."""
    return group.model_dump(exclude_none=True, exclude=without)


def register(settings: Settings) -> dict[str, pulumi.Output[Any]]:
    """Registers the assistant; returns the stack's outputs by name."""
    args = compose(settings, project=pulumi.get_project(), secret_arn=_looked_up)
    assistant = ServerlessAssistant(NAME, args)
    return {name: getattr(assistant, name) for name in OUTPUTS}


def _looked_up(name: str) -> str:
    """The ARN of a secret that is in the account already. Raises SettingsError, before anything is registered."""
    from pulumi_aws import secretsmanager

    try:
        return secretsmanager.get_secret(name=name).arn
    except Exception as error:  # the engine gives every reason as a plain Exception
        text = " ".join(str(error).replace(name, "...").split())
        reason = re.sub(r"^invoke of \S+ failed: (invocation of \S+ returned an error: )?", "", text)
        raise SettingsError(
            [
                Fault(
                    ("model", "api_key", "secret"),
                    f"a name that could not be looked up ({reason})",
                    "a secret in AWS Secrets Manager, in the stack's account and region",
                    "make it with `aws secretsmanager create-secret`, or write its ARN",
                )
            ]
        ) from None
