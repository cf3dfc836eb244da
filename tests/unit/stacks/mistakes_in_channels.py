"""Wrong templates, channels and rules for replies: what is changed in valid settings, and the line that it gives."""

from typing import Any

from tests.kit.settings import FEISHU, OPENAI, SLACK, TELEGRAM, WEBHOOK

NAME = "1 to 32 small letters, digits and -, and none of card, commands, events, messages, session"
REFERENCE = "expected a reference {secret: <name>}"
ACME = {"channel": "slack", "name": "acme", "tenant": "acme", **SLACK}

WRONG: list[tuple[dict[str, Any], str]] = [
    # templates
    ({"template": {}}, "template.name: got nothing, expected one of image, openclaw, reference"),
    (
        {"template": {"name": "openclaw"}},
        (
            "template.name: got 'openclaw', expected a template for the serverless topology (reference), "
            "because it has no functions' package"
        ),
    ),
    (
        {"template": {"name": "image", "image": "registry.example.com/chat:1"}},
        (
            "template.name: got 'image', expected a template for the serverless topology (reference), "
            "because it has no functions' package"
        ),
    ),
    # channels and their installations
    (
        {"channels.telegram": {"bot_token": {"secret": "bot"}}},
        f"channels.telegram.secret_token: got nothing, {REFERENCE}",
    ),
    (
        {"channels.telegram": {**TELEGRAM, "bot_token": "123:abc"}},
        f"channels.telegram.bot_token: got a value that is not shown, {REFERENCE}",
    ),
    (
        {"channels.slack": {**SLACK, "token": "x"}},
        (
            "channels.slack.token: got an unknown key, expected one of signing_secret, bot_token, api_url; "
            "did you mean bot_token?"
        ),
    ),
    (
        {"channels.feishu": {**FEISHU, "app_id": 7}},
        "channels.feishu.app_id: got 7, expected 1 to 128 letters, digits, - and _",
    ),
    (
        {"channels.web": {"access": "anonymous", "origins": ["chat.example"]}},
        "channels.web.origins[0]: got 'chat.example', expected an origin such as https://chat.example.com",
    ),
    (
        {"channels.webhook": {**WEBHOOK, "reply_url": "http://10.0.0.1/replies"}},
        (
            "channels.webhook.reply_url: got 'http://10.0.0.1/replies', expected https://, "
            "or allow_private: true beside it for an address within your network"
        ),
    ),
    (
        {
            "channels.installations": [
                ACME,
                {
                    "channel": "webhook",
                    "name": "a",
                    **WEBHOOK,
                    "reply_url": "http://in.example",
                    "allow_private": False,
                },
            ]
        },
        (
            "channels.installations[1].reply_url: got 'http://in.example', expected https://, "
            "or allow_private: true beside it for an address within your network"
        ),
    ),
    (
        {"channels.webhook": {**WEBHOOK, "allow_private": "yes"}},
        "channels.webhook.allow_private: got 'yes', expected true or false",
    ),
    (
        {"channels.installations": [{**ACME, "channel": "fax"}]},
        (
            "channels.installations[0].channel: got 'fax', expected one of dingtalk, discord, feishu, slack, telegram, "
            "web, webhook, wecom"
        ),
    ),
    (
        {"channels.installations": [{**ACME, "name": "Acme"}]},
        f"channels.installations[0].name: got 'Acme', expected {NAME}",
    ),
    (
        {"channels.installations": [ACME, {**ACME, "name": "events"}]},
        f"channels.installations[1].name: got 'events', expected {NAME}",
    ),
    (
        {"channels.installations": [{"channel": "slack", **SLACK}]},
        f"channels.installations[0].name: got nothing, expected {NAME}",
    ),
    (
        {"channels.installations": [{**ACME, "tenant": "a b"}]},
        "channels.installations[0].tenant: got 'a b', expected 1 to 64 letters, digits, - and _",
    ),
    (
        {"channels.installations": [{**ACME, "signing_secret": None}]},
        f"channels.installations[0].signing_secret: got a value that is not shown, {REFERENCE}",
    ),
    (
        {"channels.installations": [ACME, {**ACME, "tenant": "other"}]},
        "channels.installations[1].name: got a second one at /slack/acme, expected another name",
    ),
    (
        {"channels.slack": SLACK, "channels.installations": [{**ACME, "name": "main"}]},
        "channels.installations[0].name: got a second one at /slack, expected another name",
    ),
    # what holds for every reply
    (
        {"model": {**OPENAI, "fallback": {"provider": "bedrock"}}},
        "model.fallback.id: got nothing, expected a Bedrock model id, such as amazon.nova-lite-v1:0",
    ),
    (
        {"model": {"provider": "echo", "cache": {"tier": "disk"}}},
        "model.cache.tier: got 'disk', expected one of memory, off, table",
    ),
    (  # functions have no client for one
        {"model": {"provider": "echo", "cache": {"tier": "valkey"}}},
        "model.cache.tier: got 'valkey', expected one of memory, off, table",
    ),
    (
        {"model": {"provider": "echo", "cache": {"tier": "off", "ttl_s": 5}}},
        "model.cache.ttl_s: got an unknown key, expected one of tier; memory has it, not this one",
    ),
    (
        {"model": {"provider": "echo", "guardrail": {"kind": "patterns", "patterns": [{"pattern": ""}]}}},
        "model.guardrail.patterns[0].pattern: got nothing, expected a text of 1 to 500 characters",
    ),
    (
        {"model": {**OPENAI, "limits": {"tokens": 0}}},
        "model.limits.tokens: got 0, expected a whole number of tokens from 1 to 999999999",
    ),
    (
        {"model": {**OPENAI, "limits": {"usd": 5}}},
        "model.limits.usd: got a limit, expected model.prices beside it, because nothing is counted without them",
    ),
    (
        {"compute.sender": {"reserved_concurrency": 10, "maximum_concurrency": 20}},
        "compute.sender.maximum_concurrency: got 20, expected at most compute.sender.reserved_concurrency (10)",
    ),
]
