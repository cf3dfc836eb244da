"""Section `channels`: where people write to the assistant."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.group import Group, words
from stacks.settings.kinds import (
    MAIN,
    NAME,
    RESERVED,
    DingTalk,
    Discord,
    Feishu,
    Name,
    Slack,
    Telegram,
    Web,
    Webhook,
    WeCom,
)


class Installed(Group):
    """What tells an installation from the others."""

    name: Name = Field(
        pattern=NAME,
        description="Tells installations of one channel apart; part of their address. Required: it is yours to choose.",
        json_schema_extra=words(
            expected=f"1 to 32 small letters, digits and -, and none of {', '.join(RESERVED)}",
        ),
    )
    tenant: str = Field(
        default="default",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="Whose conversations, limits and cache these are. Tenants share nothing.",
        json_schema_extra=words(expected="1 to 64 letters, digits, - and _"),
    )


class InstalledWeb(Web, Installed):
    """A chat's HTTP interface for a tenant. Only the channel `web` has the page."""

    channel: Literal["web"] = Field(description="The channel.")


class InstalledTelegram(Telegram, Installed):
    """A bot of Telegram, for a tenant."""

    channel: Literal["telegram"] = Field(description="The channel.")


class InstalledSlack(Slack, Installed):
    """An app of Slack, for a tenant."""

    channel: Literal["slack"] = Field(description="The channel.")


class InstalledFeishu(Feishu, Installed):
    """An app of Feishu or Lark, for a tenant."""

    channel: Literal["feishu"] = Field(description="The channel.")


class InstalledWeCom(WeCom, Installed):
    """An app of WeCom, for a tenant."""

    channel: Literal["wecom"] = Field(description="The channel.")


class InstalledDingTalk(DingTalk, Installed):
    """A robot of DingTalk, for a tenant."""

    channel: Literal["dingtalk"] = Field(description="The channel.")


class InstalledDiscord(Discord, Installed):
    """An application of Discord, for a tenant."""

    channel: Literal["discord"] = Field(description="The channel.")


class InstalledWebhook(Webhook, Installed):
    """A program that signs its requests, for a tenant."""

    channel: Literal["webhook"] = Field(description="The channel.")


Installation = Annotated[
    InstalledWeb
    | InstalledTelegram
    | InstalledSlack
    | InstalledFeishu
    | InstalledWeCom
    | InstalledDingTalk
    | InstalledDiscord
    | InstalledWebhook,
    Field(discriminator="channel"),
]


class Channels(Group):
    """The channels that are open, each for the tenant `default`. A channel that is left out is closed."""

    web: Web | None = Field(default=None, description="The chat page, at the stack's `url`. Left out: there is none.")
    telegram: Telegram | None = Field(default=None, description="Telegram, at /telegram. Left out: closed.")
    slack: Slack | None = Field(default=None, description="Slack, at /slack/events. Left out: closed.")
    feishu: Feishu | None = Field(default=None, description="Feishu or Lark, at /feishu. Left out: closed.")
    wecom: WeCom | None = Field(default=None, description="WeCom, at /wecom. Left out: closed.")
    dingtalk: DingTalk | None = Field(default=None, description="DingTalk, at /dingtalk. Left out: closed.")
    discord: Discord | None = Field(default=None, description="Discord, at /discord. Left out: closed.")
    webhook: Webhook | None = Field(default=None, description="Any program, at /webhook. Left out: closed.")
    installations: list[Installation] = Field(
        default=[], max_length=50, description="More of them, for tenants, at /<channel>/<name>."
    )

    def opened(self) -> Iterator[tuple[tuple[str | int, ...], str, str, str, Group]]:
        """(path in the section, channel, name, tenant, settings) of each installation."""
        for channel in CHANNELS:
            if (settings := getattr(self, channel)) is not None:
                yield (channel,), channel, MAIN, "default", settings
        for index, one in enumerate(self.installations):
            yield ("installations", index), one.channel, one.name, one.tenant, one


CHANNELS = tuple(name for name in Channels.model_fields if name != "installations")
