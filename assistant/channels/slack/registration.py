"""The manifest of a Slack app: what it hears and may do, for Slack's own pages or apps.manifest.create and .update."""

from typing import Any

SCOPES = ["app_mentions:read", "chat:write", "commands", "im:history"]
EVENTS = ["app_mention", "message.im"]


def manifest(url: str, *, name: str = "Assistant", command: str = "/ask") -> dict[str, Any]:
    """The whole configuration of an app whose messages come to `url`, such as https://chat.example/slack.

    Slack calls the address while this is saved, so it must answer by then. `update` replaces what was configured.
    Raises ValueError for an address that is not https, and for a name or a command that Slack would not take.
    """
    url = url.rstrip("/")
    if not url.startswith("https://"):
        raise ValueError(f"url: got {url[:100]!r}, expected an https address")
    if not 1 <= len(name) <= 35:
        raise ValueError(f"name: got {len(name)} characters, expected 1 to 35")
    if not command.startswith("/") or not 2 <= len(command) <= 32 or " " in command:
        raise ValueError(f"command: got {command[:40]!r}, expected / and 1 to 31 characters without blanks")
    return {
        "display_information": {"name": name},
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [
                {
                    "command": command,
                    "url": f"{url}/commands",
                    "description": "Ask the assistant",
                    "usage_hint": "What can you do?",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": SCOPES}},
        "settings": {
            "event_subscriptions": {"request_url": f"{url}/events", "bot_events": EVENTS},
            "interactivity": {"is_enabled": False},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
