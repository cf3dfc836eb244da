"""An assistant in a program of your own."""

import pulumi

from assistant_components import ModelProvider, ServerlessAssistant

chat = ServerlessAssistant(
    "chat",
    {
        "package": pulumi.Config().require("package"),
        "model": {"provider": ModelProvider.ECHO},
        "deletion_protection": False,  # an example: it may be taken down at once
        "tags": {"Owner": "example"},
    },
)
pulumi.export("url", chat.url)
