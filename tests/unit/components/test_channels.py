"""Channels in ServerlessAssistant: their routes, who may read which of their secrets, and what people are told."""

import json
from typing import Any

import pulumi
import pytest

from assistant_components import InputError, ServerlessAssistant
from assistant_components.channel.kinds import KINDS
from tests.kit.catalogue import EVERY_CHANNEL, FEISHU, LEAST, SLACK, TELEGRAM, WEB, WEBHOOK, assistant, secret_arn
from tests.kit.recording import record

HEALTH = {"GET /ready", "GET /live", "GET /readyz"}
WEB_ROUTES = {"GET /", "POST /web/session", "POST /web/messages", "GET /web/messages"}


def routes(graph: Any) -> set[str]:
    return {route.inputs["routeKey"] for route in graph.of_type(":Route") if route.name.startswith("chat-api-")}


def readable(graph: Any, module: str) -> set[str]:
    """The secrets of channels that a function may read."""
    statement = graph.one(f"chat-{module}-policy").statements().get("ChannelSecrets", {"Resource": []})
    assert statement.get("Action", ["secretsmanager:GetSecretValue"]) == ["secretsmanager:GetSecretValue"]
    return set(statement["Resource"])


def test_only_the_routes_of_configured_installations_are_there(preview: bool) -> None:
    assert routes(record(assistant(), preview=preview)) == HEALTH | WEB_ROUTES
    graph = record(assistant(channels=[TELEGRAM, {**SLACK, "name": "acme", "tenant": "acme"}]), preview=preview)
    slack = {"POST /slack/acme", "POST /slack/acme/events", "POST /slack/acme/commands"}
    assert routes(graph) == HEALTH | {"POST /telegram"} | slack


def test_the_front_page_is_the_main_web_installations_and_others_have_one_of_their_own() -> None:
    graph = record(assistant(channels=[{**WEB, "name": "shop", "tenant": "shop"}]))
    own = {"GET /web/shop", "POST /web/shop/session", "POST /web/shop/messages", "GET /web/shop/messages"}
    assert routes(graph) == HEALTH | own


def test_without_a_channel_that_replies_are_sent_to_there_is_no_sender(preview: bool) -> None:
    graph = record(assistant(), preview=preview)
    assert not [name for name in graph.names() if "sender" in name or "replies" in name]
    told = graph.one("chat-inference-function").inputs["environment"]["variables"]
    assert "ASSISTANT_REPLIES_QUEUE_URL" not in told


def test_without_the_web_channel_nobody_can_connect(preview: bool) -> None:
    graph = record(assistant(channels=[TELEGRAM]), preview=preview)
    assert not [name for name in graph.names() if name.startswith(("chat-ws", "chat-token-key"))]
    told = graph.one("chat-ingress-function").inputs["environment"]["variables"]
    assert "ASSISTANT_STREAM_URL" not in told


def test_a_program_that_named_no_address_for_replies_is_sent_none(preview: bool) -> None:
    quiet = {**WEBHOOK, "options": {}}
    graph = record(assistant(channels=[quiet]), preview=preview)
    assert not [name for name in graph.names() if "sender" in name or "replies" in name]
    graph = record(assistant(channels=[TELEGRAM, quiet]), preview=preview)
    if not preview:
        assert secret_arn("webhook") in readable(graph, "ingress") - readable(graph, "sender")


def test_the_sender_is_told_what_it_sends_with() -> None:
    told = record(assistant(channels=[TELEGRAM])).one("chat-sender-function").inputs["environment"]["variables"]
    assert set(told) == {
        "ASSISTANT_CHANNELS", "ASSISTANT_SESSIONS_TABLE", "ASSISTANT_SESSION_DAYS", "ASSISTANT_MAX_RECEIVES",
    }  # fmt: skip


def test_replies_travel_over_a_queue_of_their_own_to_the_sender(preview: bool) -> None:
    graph = record(assistant(channels=[TELEGRAM], functions={"sender": {"timeout_s": 40}}), preview=preview)
    assert graph.points("chat-inference-function", "environment", "chat-replies-main")
    assert graph.points("chat-replies-source", "eventSourceArn", "chat-replies-main")
    assert graph.points("chat-replies-source", "functionName", "chat-sender-live")
    source = graph.one("chat-replies-source").inputs
    assert source["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert graph.one("chat-replies-main").inputs["visibilityTimeoutSeconds"] == 6 * 40
    assert graph.points("chat-replies-alarms-dead-letters", "dimensions", "chat-replies-dead")
    assert graph.points("chat-replies-alarms-dead-letters", "alarmActions", "chat-alarms-topic")


def test_each_function_reads_the_secrets_that_its_part_of_the_work_needs_and_no_other() -> None:
    graph = record(assistant(channels=[WEB, TELEGRAM, SLACK, FEISHU]))
    assert readable(graph, "ingress") == {
        secret_arn(name)
        for name in ("telegram-check", "slack-signing", "feishu-encrypt_key", "feishu-verification_token")
    }
    assert readable(graph, "sender") == {
        secret_arn(name) for name in ("telegram-bot", "slack-bot", "feishu-app_secret")
    }
    assert readable(graph, "inference") == {secret_arn("telegram-bot")}  # to show that a reply is on its way
    assert readable(graph, "ws-stream") == set()


def test_a_secret_for_both_directions_is_named_once_where_it_is_read() -> None:
    graph = record(assistant(channels=[WEBHOOK, {**WEBHOOK, "name": "second"}]))
    for module in ("ingress", "sender"):
        stated = graph.one(f"chat-{module}-policy").statements()["ChannelSecrets"]["Resource"]
        assert stated == [secret_arn("webhook")]


def test_the_key_for_tokens_has_no_value_and_those_who_need_it_may_make_one(preview: bool) -> None:
    graph = record(assistant(channels=[WEB, {**WEB, "name": "shop"}]), preview=preview)
    assert graph.of_type(":SecretVersion") == []
    secrets = {one.name for one in graph.of_type("secret:Secret")}
    assert secrets == {"chat-token-key-secret", "chat-token-key-shop-secret"}
    for module in ("ingress", "ws-stream"):
        assert graph.points(f"chat-{module}-function", "environment", "chat-token-key-secret")
        if not preview:
            statement = graph.one(f"chat-{module}-policy").statements()["TokenKeys"]
            assert statement["Action"] == ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
            assert statement["Resource"] == [
                graph.output(name)["secretArn"] for name in ("chat-token-key", "chat-token-key-shop")
            ]


def test_a_key_of_yours_for_tokens_is_read_and_never_written() -> None:
    graph = record(assistant(channels=[{**WEB, "secret_arns": {"token_key": secret_arn("tokens")}}]))
    assert graph.of_type("secret:Secret") == []
    for module in ("ingress", "ws-stream"):
        assert readable(graph, module) == {secret_arn("tokens")}
        assert "TokenKeys" not in graph.one(f"chat-{module}-policy").statements()


def test_the_application_is_told_every_installation_in_short() -> None:
    acme = {**SLACK, "name": "acme", "tenant": "acme"}
    graph = record(assistant(channels=[TELEGRAM, acme, FEISHU]))
    told = graph.one("chat-ingress-function").inputs["environment"]["variables"]["ASSISTANT_CHANNELS"]
    assert " " not in told
    telegram, slack, feishu = json.loads(told)
    assert telegram == {
        "channel": "telegram",
        "secrets": {name: f"secretsmanager:{arn}" for name, arn in TELEGRAM["secret_arns"].items()},
    }
    assert (slack["name"], slack["tenant"]) == ("acme", "acme")
    assert feishu["options"] == {"app_id": "cli_a1"}


def test_secrets_may_come_from_other_resources() -> None:
    def program() -> None:
        arns = {name: pulumi.Output.from_input(arn) for name, arn in TELEGRAM["secret_arns"].items()}
        args: Any = {**LEAST["ServerlessAssistant"], "channels": [{"channel": "telegram", "secret_arns": arns}]}
        ServerlessAssistant("chat", args)

    graph = record(program)
    assert readable(graph, "ingress") == {secret_arn("telegram-check")}
    assert f"secretsmanager:{secret_arn('telegram-bot')}" in str(
        graph.one("chat-sender-function").inputs["environment"]
    )


def test_outputs_tell_where_messages_come_in_and_what_to_register() -> None:
    output = record(assistant(channels=[*EVERY_CHANNEL, {**SLACK, "name": "acme"}])).output("chat")
    url = output["url"]
    assert output["webhookUrls"]["slack"] == f"{url}slack/events"
    assert output["webhookUrls"]["slack/acme"] == f"{url}slack/acme/events"
    assert output["webhookUrls"]["telegram"] == f"{url}telegram"
    assert set(output["webhookUrls"]) == set(output["registration"]) == {*KINDS, "slack/acme"}
    assert f"{url}slack/acme/commands" in output["registration"]["slack/acme"]
    for label, text in output["registration"].items():
        assert f"{url}{label}" in text
        assert "{" not in text


def test_an_environment_that_would_not_fit_is_told_with_its_size_before_anything_is_made() -> None:
    many = [{**SLACK, "name": f"customer-{number}", "tenant": f"customer-{number}"} for number in range(20)]
    with pytest.raises(InputError) as caught:
        assistant(channels=many)()
    told = str(caught.value)
    assert told.startswith("ServerlessAssistant 'chat': channels: got ")
    assert "bytes of environment for the ingress function" in told
    assert told.endswith("expected at most 4096: fewer, or a shorter system_prompt")


def test_a_long_prompt_leaves_less_room_for_channels() -> None:
    many = [{**SLACK, "name": f"c{number}"} for number in range(8)]
    assert len(record(assistant(channels=many)).of_type(":Function")) == 3
    with pytest.raises(InputError, match="bytes of environment for the inference function"):
        assistant(channels=many, system_prompt="x" * 2_000)()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_told_before_is_never_less_than_what_a_function_gets(kind: str) -> None:
    """Seen from the other side: an environment that was let through fits."""
    [one] = [entry for entry in EVERY_CHANNEL if entry["channel"] == kind]
    graph = record(assistant(channels=[one], system_prompt="x" * 1_500))
    for function in graph.of_type(":Function"):
        variables = function.inputs["environment"]["variables"]
        assert sum(len(key) + len(value.encode()) for key, value in variables.items()) <= 4_096
