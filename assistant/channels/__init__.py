"""Channels: how people reach the assistant. Each is one package with a row of data, listed here."""

import importlib
from typing import cast

from assistant.channels.contract import Channel, Installation
from assistant.config import ConfigError

NAMES = ("web", "telegram", "slack", "feishu", "wecom", "dingtalk", "discord", "webhook")


def load(name: str) -> Channel:
    """The channel of that name; its module is imported now. Raises ConfigError for one that does not exist."""
    if name not in NAMES:
        raise ConfigError(f"ASSISTANT_CHANNELS: got {name[:40]!r}, expected one of {', '.join(NAMES)}")
    return cast("Channel", importlib.import_module(f"assistant.channels.{name}").CHANNEL)


def pushes(installation: Installation) -> bool:
    """True when replies are sent to the channel; False when people come and read them."""
    if installation.channel == "webhook":
        return bool(installation.options.get("reply_url"))
    return installation.channel != "web"
