"""A default is told where people read it: the text of each field says what its spec does when it is left out."""

import re
from typing import Any

import pytest
from pulumi.provider.experimental.analyzer import Analyzer
from pydantic import BaseModel

from assistant_components.channel import ingress, installation, stream
from assistant_components.compute import function
from assistant_components.model import provider, replies
from assistant_components.operations import alarms, topic
from assistant_components.security import keys, secrets
from assistant_components.state import queue, records, sessions
from assistant_components.topologies import serverless_args, serverless_sizes

PAIRS: list[tuple[Any, Any]] = [
    (queue.MessageQueueArgs, queue._Spec),
    (sessions.SessionTableArgs, sessions._Spec),
    (function.AssistantFunctionArgs, function.FunctionSpec),
    (ingress.WebIngressArgs, ingress._Spec),
    (ingress.Throttle, ingress.ThrottleSpec),
    (stream.WebStreamArgs, stream._Spec),
    (installation.ChannelInstallation, installation.InstallationSpec),
    (records.RecordsTableArgs, records._Spec),
    (secrets.OwnSecretArgs, secrets._Spec),
    (topic.AlarmTopicArgs, topic._Spec),
    (alarms.QueueAlarmsArgs, alarms._Spec),
    (keys.OwnKeyArgs, keys._Spec),
    (provider.AssistantModel, provider.ModelSpec),
    (provider.FallbackModel, provider.FallbackSpec),
    (provider.ModelPrices, provider._Prices),
    (replies.ReplyCache, replies._Cache),
    (replies.DailyLimits, replies._Limits),
    (replies.GuardrailPattern, replies._Pattern),
    (replies.ReplyGuardrail, replies._Guardrail),
    (replies.ReplyRules, replies.RepliesSpec),
    (serverless_args.ServerlessAssistantArgs, serverless_args.ServerlessSpec),
    (serverless_args.Retention, serverless_args._Retention),
]
PLAIN_WORDS = {"True": "true", "False": "false", "None": "none", "": "nothing", "{}": "none"}
NOBODY, NONE = "nobody", "none"  # an empty list: of people, of things


def text(args: Any, name: str) -> str:
    """What the schema says about a field."""
    return Analyzer("x").get_docstring(args, name) or ""


# Every field that is in a spec and may be left out, but for groups, which describe themselves.
FIELDS = [
    pytest.param(args, spec, name, id=f"{args.__name__}.{name}")
    for args, spec in PAIRS
    for name, field in spec.model_fields.items()
    if not field.is_required() and not isinstance(field.default, BaseModel)
]


@pytest.mark.parametrize(("args", "spec", "name"), FIELDS)
def test_the_text_of_a_field_tells_its_default(args: Any, spec: Any, name: str) -> None:
    said = re.search(r"Default:? (\S+)", text(args, name))
    assert said, f"{args.__name__}.{name} does not tell its default"
    default = spec.model_fields[name].default
    word = said[1].strip(",.:")
    if isinstance(default, list):
        assert word in ([getattr(one, "channel", one) for one in default] or (NOBODY, NONE))
    else:
        value = str(getattr(default, "value", default))
        assert word == PLAIN_WORDS.get(value, value)


@pytest.mark.parametrize(("args", "spec", "name"), FIELDS)
def test_the_text_of_a_field_tells_its_upper_bound(args: Any, spec: Any, name: str) -> None:
    rules = spec.model_fields[name].metadata
    for bound in (rule.le for rule in rules if isinstance(getattr(rule, "le", None), int | float)):
        assert f"{bound:g}" in text(args, name) or str(bound) in text(args, name)


def test_every_field_without_a_spec_tells_its_default_too() -> None:
    for args, _ in PAIRS:
        for name in args.__optional_keys__:
            assert "Default" in text(args, name), f"{args.__name__}.{name}"


def test_sizes_of_functions_tell_every_default() -> None:
    for name in ("memory_mib", "timeout_s"):
        said = text(serverless_sizes.FunctionSize, name)
        for spec in (serverless_sizes.RequestSize, serverless_sizes.WorkerSize, serverless_sizes.SenderSize):
            assert f"{spec.model_fields[name].default} for" in said or f"and {spec.model_fields[name].default}" in said
    said = text(serverless_sizes.FunctionSize, "maximum_concurrency")
    assert str(serverless_sizes.MAXIMUM_CONCURRENCY_DEFAULT) in said
