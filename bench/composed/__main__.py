"""The assistant through the components, as the stack `staging` has it, in somebody's own program."""

import os

import pulumi

import assistant_components as assistant


def secret(name: str) -> str:
    """The ARN of a secret that is there already."""
    return f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf"


chat = assistant.ServerlessAssistant(
    "chat",
    {
        "package": os.environ["PACKAGE"],
        "model": {
            "provider": assistant.ModelProvider.BEDROCK,
            "id": "us.amazon.nova-lite-v1:0",
            "prices": {"input_usd": 0.06, "output_usd": 0.24},
        },
        "replies": {"cache": {"tier": assistant.CacheTier.TABLE}, "limits": {"usd": 20.0}},
        "channels": [
            {"channel": "web"},
            {"channel": "telegram", "secret_arns": {"bot_token": secret("tg-bot"), "secret_token": secret("tg-check")}},
            {"channel": "slack", "secret_arns": {"signing_secret": secret("sl-sign"), "bot_token": secret("sl-bot")}},
        ],
        "own_key": True,
        "deletion_protection": False,
        "alarm_emails": ["ops@example.com"],
        "tags": {"Owner": "bench"},
    },
)
pulumi.export("url", chat.url)
