"""The assistant through the components, as somebody's own program has it."""

import os

import pulumi

import assistant_components as assistant

chat = assistant.ServerlessAssistant(
    "chat",
    {
        "package": os.environ["PACKAGE"],
        "model": {"provider": assistant.ModelProvider.ECHO},
        "deletion_protection": False,
        "tags": {"Owner": "bench"},
    },
)
pulumi.export("url", chat.url)
