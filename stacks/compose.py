"""From settings to components: `compose` decides and registers nothing, `register` registers what was decided."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pulumi

from assistant_components import (
    AssistantModel,
    CacheTier,
    ChannelInstallation,
    GuardrailKind,
    ModelProvider,
    ReplyCache,
    ReplyGuardrail,
    ReplyRules,
    ServerlessAssistant,
    ServerlessAssistantArgs,
)
from stacks.settings.channels import Channels
from stacks.settings.deploy import Deploy
from stacks.settings.errors import Fault, SettingsError
from stacks.settings.group import Group, SecretReference
from stacks.settings.kinds import MAIN
from stacks.settings.model import Model
from stacks.settings.nodes import Path
from stacks.settings.sections import NAMES, Settings
from stacks.settings.template import Reference
from stacks.settings.templates import facts

NAME = "assistant"  # the component's name; what it is made of is named after it
OUTPUTS = (
    "url",
    "ready_url",
    "webhook_urls",
    "registration",
    "session_store",
    "queue_url",
    "dead_letter_queue_url",
    "log_groups",
    "alarm_topic",
)
ABOUT = {"channel", "name", "tenant"}  # of an installation, beside its secrets and options

SecretArn = Callable[[str], pulumi.Input[str]]


def compose(settings: Settings, *, project: str, secret_arn: SecretArn) -> ServerlessAssistantArgs:
    """The component's arguments. `secret_arn` gives the ARN of a secret by its name; ARNs are passed on as they are."""
    template, compute, deploy = settings.template, settings.compute, settings.deploy
    if not isinstance(template, Reference):  # told by `load` with its reason
        raise TypeError(f"{template.name}: expected a template with a functions' package")
    args: ServerlessAssistantArgs = {
        "package": template.package,
        "system_prompt": template.system_prompt,
        "functions": {
            "ingress": _given(compute.ingress),
            "inference": _given(compute.inference),
            "sender": _given(compute.sender),
            "stream": _given(compute.stream),
        },
        "throttle": _given(compute.throttle),
        "model": _model(settings.model, secret_arn),
        "replies": _replies(settings.model, template.name),
        "channels": list(_installations(settings.channels, secret_arn)),
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


def references(group: Group, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where settings name secrets, and the names."""
    for field, value in group:
        if isinstance(value, SecretReference):
            yield (*path, field, "secret"), value.secret
        elif isinstance(value, Group):
            yield from references(value, (*path, field))
        elif isinstance(value, list):
            for index, item in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
                if isinstance(item, Group):
                    yield from references(item, (*path, field, index))


def _installations(channels: Channels, secret_arn: SecretArn) -> Iterator[ChannelInstallation]:
    for _, channel, name, tenant, settings in channels.opened():
        told: ChannelInstallation = {"channel": channel}
        if name != MAIN:
            told["name"] = name
        if tenant != "default":
            told["tenant"] = tenant
        given = {field: value for field, value in settings if field not in ABOUT and value not in (None, [], False)}
        if secrets := {
            field: _arn(one, secret_arn) for field, one in given.items() if isinstance(one, SecretReference)
        }:
            told["secret_arns"] = secrets
        if options := {field: _text(value) for field, value in given.items() if field not in secrets}:
            told["options"] = options
        yield told


def _text(value: str | list[str] | bool) -> str:
    """An option as the channels read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ",".join(value)


def _model(model: Model, secret_arn: SecretArn) -> AssistantModel:
    args: AssistantModel = _named(model, secret_arn, without={"fallback", "limits", "cache", "guardrail"})
    if model.fallback is not None:
        args["fallback"] = _named(model.fallback, secret_arn)
    return args


def _named(model: Any, secret_arn: SecretArn, without: set[str] | None = None) -> Any:
    """Which model it is, under the names that the component has for it."""
    args = _given(model, without={"api_key", *(without or ())})
    args["provider"] = ModelProvider(model.provider)
    key: SecretReference | None = getattr(model, "api_key", None)
    return args if key is None else {**args, "api_key_secret_arn": _arn(key, secret_arn)}


def _replies(model: Model, template: str) -> ReplyRules:
    rules: ReplyRules = {"limits": _given(model.limits)}
    cache: ReplyCache = {"tier": CacheTier(facts(template).cache)}
    if model.cache is not None:
        cache = _given(model.cache)
        cache["tier"] = CacheTier(model.cache.tier)
    if model.guardrail is not None:
        guardrail: ReplyGuardrail = _given(model.guardrail)
        guardrail["kind"] = GuardrailKind(model.guardrail.kind)
        rules["guardrail"] = guardrail
    return {**rules, "cache": cache}


def _arn(reference: SecretReference, secret_arn: SecretArn) -> pulumi.Input[str]:
    name = reference.secret
    return name if name.startswith("arn:") else secret_arn(name)


def _given(group: Group, without: set[str] | None = None) -> Any:
    """A group's fields under the names that the component has for them, without those that are left out."""
    return group.model_dump(exclude_none=True, exclude=without)


def register(settings: Settings) -> dict[str, pulumi.Output[Any]]:
    """Registers the assistant; returns the stack's outputs by name. Raises SettingsError, before anything is there."""
    args = compose(settings, project=pulumi.get_project(), secret_arn=_looked_up(settings).__getitem__)
    assistant = ServerlessAssistant(NAME, args)
    return {name: getattr(assistant, name) for name in OUTPUTS}


def _looked_up(settings: Settings) -> dict[str, str]:
    """Name -> ARN of the secrets that are in the account already. Raises SettingsError with all that are not."""
    from pulumi_aws import secretsmanager

    arns, faults = dict[str, str](), list[Fault]()
    for path, name in (found for section in NAMES for found in references(getattr(settings, section), (section,))):
        if name.startswith("arn:") or name in arns:
            continue
        try:
            arns[name] = secretsmanager.get_secret(name=name).arn
        except Exception as error:  # the engine gives every reason as a plain Exception
            text = " ".join(str(error).replace(name, "...").split())
            reason = re.sub(r"^invoke of \S+ failed: (invocation of \S+ returned an error: )?", "", text)
            faults.append(
                Fault(
                    path,
                    f"a name that could not be looked up ({reason})",
                    "a secret in AWS Secrets Manager, in the stack's account and region",
                    "make it with `aws secretsmanager create-secret`, or write its ARN",
                )
            )
    if faults:
        raise SettingsError(faults)
    return arns
