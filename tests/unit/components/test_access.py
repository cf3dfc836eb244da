"""What each function may do, against what its part of the application calls: no right is missing, and none is over.

`WORK` says which methods of the application a function uses, and on what. The actions that those need are read from the
methods themselves, so that a call that is new in the application needs a right here.
"""

import inspect
import re
from collections import defaultdict
from types import ModuleType
from typing import Any

import pytest

from assistant import guardrail, secrets
from assistant.cache.dynamodb import DynamoCache
from assistant.channels.web import key
from assistant.intake.cloud import CloudIntake
from assistant.models import bedrock
from assistant.outbox.dynamodb import DynamoOutbox
from assistant.queue.sqs import SqsQueue
from assistant.sessions.dynamodb import DynamoSessions
from assistant.streaming import websocket
from assistant.streaming.connections import Connections, poster
from assistant.usage.dynamodb import DynamoUsage
from tests.kit.aws_mocks import ACCOUNT
from tests.kit.catalogue import KEY, SECRET, TELEGRAM, WEB, WEBHOOK, assistant, secret_arn
from tests.kit.recording import record

ACTIONS = {
    "apply_guardrail": "bedrock:ApplyGuardrail",
    "change_message_visibility": "sqs:ChangeMessageVisibility",
    "converse": "bedrock:InvokeModel",
    "converse_stream": "bedrock:InvokeModelWithResponseStream",
    "delete_connection": "execute-api:ManageConnections",
    "delete_item": "dynamodb:DeleteItem",
    "delete_message": "sqs:DeleteMessage",
    "get_item": "dynamodb:GetItem",
    "get_parameter": "ssm:GetParameter",
    "get_queue_attributes": "sqs:GetQueueAttributes",
    "get_secret_value": "secretsmanager:GetSecretValue",
    "post_to_connection": "execute-api:ManageConnections",
    "put_item": "dynamodb:PutItem",
    "put_secret_value": "secretsmanager:PutSecretValue",
    "query": "dynamodb:Query",
    "receive_message": "sqs:ReceiveMessage",
    "send_message": "sqs:SendMessage",
    "transact_write_items": "dynamodb:PutItem",  # what is changed by it besides is a row of its own
    "update_item": "dynamodb:UpdateItem",
}
"""Method of a client -> the action that it needs."""

EVENT_SOURCE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")  # what Lambda does with the role
LOGS, TRACES = ("logs:CreateLogStream", "logs:PutLogEvents"), ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
ANY_KEY = "arn:aws:kms:eu-west-1:*:key/*"

STREAMS, PUSHES = {"web", "all"}, {"telegram", "limited", "all"}
EVERY = STREAMS | PUSHES
# (function, what it works on, part of the application, methods of a class, in which of the set-ups)
WORK: list[tuple[str, str, Any, str, set[str]]] = [
    ("ingress", "queue", SqsQueue, "send ready", EVERY),
    ("ingress", "records", CloudIntake, "accept ready", EVERY),
    ("ingress", "sessions", DynamoSessions, "turns ready", EVERY),
    ("ingress", "token key", key, "", STREAMS),
    ("ingress", "receiving", secrets._secretsmanager, "", PUSHES),
    ("inference", "queue", EVENT_SOURCE, "", EVERY),
    ("inference", "queue", SqsQueue, "retry_all", EVERY),
    ("inference", "sessions", DynamoSessions, "seen recent store summary save_summary", EVERY),
    ("inference", "sessions", ("dynamodb:UpdateItem",), "", PUSHES),  # the outbox, in that transaction
    ("inference", "records", DynamoUsage, "add", EVERY),
    ("inference", "records", DynamoUsage, "spent", {"limited", "all"}),
    ("inference", "records", DynamoCache, "get put", {"all"}),
    ("inference", "records", Connections, "of remove", STREAMS),
    ("inference", "posting", poster, "", STREAMS),
    ("inference", "replies", SqsQueue, "send", PUSHES),
    ("inference", "showing", secrets._secretsmanager, "", PUSHES),
    ("inference", "model key", secrets._secretsmanager, "", {"all"}),
    ("inference", "model", bedrock, "", {"all"}),
    ("inference", "guardrail", guardrail, "", {"all"}),
    ("sender", "replies", EVENT_SOURCE, "", PUSHES),
    ("sender", "replies", SqsQueue, "retry_all", PUSHES),
    ("sender", "sessions", DynamoOutbox, "load begin sent release fail", PUSHES),
    ("sender", "sending", secrets._secretsmanager, "", PUSHES),
    ("ws-stream", "sessions", DynamoSessions, "recent", STREAMS),
    ("ws-stream", "records", Connections, "add remove", STREAMS),
    ("ws-stream", "connections", websocket, "", STREAMS),
    ("ws-stream", "token key", key, "", STREAMS),
]
READING = {"receiving", "showing", "sending", "model key"}  # secrets of yours, which may have a key of their own
SETUPS: dict[str, dict[str, Any]] = {
    "web": {},
    "telegram": {"channels": [TELEGRAM]},
    "limited": {"channels": [TELEGRAM], "replies": {"limits": {"conversation_usd": 0.5}}},
    "all": {
        "channels": [WEB, TELEGRAM, WEBHOOK],
        "model": {
            "provider": "openai", "id": "gpt", "base_url": "https://models.example.com/v1",
            "api_key_secret_arn": SECRET, "fallback": {"provider": "bedrock", "id": "eu.amazon.nova-lite-v1:0"},
        },
        "replies": {
            "cache": {"tier": "table"}, "limits": {"tokens": 1_000}, "guardrail": {"kind": "bedrock", "id": "gr1"},
        },
    },
}  # fmt: skip


def called(part: Any, methods: str) -> set[str]:
    """The actions of a module, a function, or some methods of a class and those of its own that they call."""
    if isinstance(part, tuple):
        return set(part)
    if isinstance(part, ModuleType) or not inspect.isclass(part):
        return actions_in(inspect.getsource(part))
    found: set[str] = set()
    todo, done = methods.split(), set[str]()
    while todo:
        done.add(name := todo.pop())
        source = inspect.getsource(getattr(part, name))
        found |= actions_in(source)
        todo += [one for one in re.findall(r"self\.(\w+)\(", source) if hasattr(part, one) and one not in done]
    return found


def actions_in(source: str) -> set[str]:
    """The actions of the calls in a piece of source."""
    return {ACTIONS[method] for method in re.findall(r"\.(\w+)\(", source) if method in ACTIONS}


def places(graph: Any, setup: str) -> dict[str, set[str]]:
    """ARNs of what the functions work on."""
    everything = setup == "all"
    found = {
        "queue": {graph.output("chat-queue")["queueArn"]},
        "sessions": {graph.output("chat-sessions")["tableArn"]},
        "records": {graph.output("chat-records")["tableArn"]},
        "receiving": {secret_arn("telegram-check"), *([secret_arn("webhook")] if everything else [])},
        "sending": {secret_arn("telegram-bot"), *([secret_arn("webhook")] if everything else [])},
        "showing": {secret_arn("telegram-bot")},
        "model key": {SECRET},
    }
    if setup in PUSHES:
        found["replies"] = {graph.output("chat-replies")["queueArn"]}
    if setup in STREAMS:
        found["token key"] = {graph.output("chat-token-key")["secretArn"]}
        posting = graph.output("chat-ws")["connectionsArn"]
        found["posting"] = {posting}
        found["connections"] = {posting, posting.replace("/POST/", "/DELETE/")}
    profile = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/eu.amazon.nova-lite-v1:0"
    found["model"] = {profile, "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"}
    found["guardrail"] = {f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/gr1"}
    return found


def needed(graph: Any, setup: str) -> dict[str, dict[str, set[str]]]:
    """Function -> action -> ARNs."""
    rights: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    where = places(graph, setup)
    for function, place, part, methods, setups in WORK:
        if setup in setups:
            found = called(part, methods)
            assert found, (function, place)
            for action in found:
                rights[function][action] |= where[place]
            if place in READING:
                rights[function]["kms:Decrypt"] = {ANY_KEY}
    for function, actions in rights.items():
        group = graph.output(f"chat-{function}")["logGroupName"]
        actions.update((action, {f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{group}:*"}) for action in LOGS)
        actions.update((action, {"*"}) for action in TRACES)
    return rights


def allowed(graph: Any, function: str) -> dict[str, set[str]]:
    """Action -> ARNs."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in graph.one(f"chat-{function}-policy").document()["Statement"]:
        assert one["Effect"] == "Allow"
        for action in one["Action"]:
            found[action] |= set(one["Resource"])
    return found


@pytest.mark.parametrize("setup", SETUPS)
def test_each_function_may_do_what_its_work_calls_on_what_it_works_on_and_nothing_else(setup: str) -> None:
    graph = record(assistant(**SETUPS[setup]))
    rights = needed(graph, setup)
    functions = {node.name.removeprefix("chat-").removesuffix("-function") for node in graph.of_type(":Function")}
    assert functions == set(rights)
    for function, actions in rights.items():
        assert allowed(graph, function) == actions, function


def test_keys_of_secrets_open_in_a_reading_by_secrets_manager_alone() -> None:
    graph = record(assistant(channels=[TELEGRAM]))
    for function in ("ingress", "inference", "sender"):
        statement = graph.one(f"chat-{function}-policy").statements()["KeysOfSecrets"]
        assert statement["Action"] == ["kms:Decrypt"]
        assert statement["Condition"] == {"StringLike": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com*"}}


def test_a_function_that_reads_no_secret_of_yours_has_no_right_on_keys() -> None:
    graph = record(assistant(channels=[WEB, TELEGRAM]))
    assert "kms:Decrypt" not in allowed(graph, "ws-stream")
    assert "kms:Decrypt" not in allowed(record(assistant()), "ingress")


def test_the_key_of_everything_does_not_stand_for_those_of_secrets() -> None:
    graph = record(assistant(kms_key_arn=KEY, channels=[TELEGRAM]))
    assert allowed(graph, "sender")["kms:Decrypt"] == {KEY, ANY_KEY}


def test_a_method_that_is_not_there_any_more_is_no_work() -> None:
    with pytest.raises(AttributeError):
        called(SqsQueue, "sends")
