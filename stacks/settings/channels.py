"""Section `channels`: where people write to the assistant."""

from typing import Literal

from pydantic import Field

from stacks.settings.group import Group


class Web(Group):
    """A chat page and its HTTP interface, at the stack's `url`."""

    access: Literal["anonymous"] = Field(
        description="Who may write. `anonymous`: whoever knows the address. Required, because that is a choice to make."
    )


class Channels(Group):
    """The channels that are open. A channel that is left out is closed."""

    web: Web | None = Field(default=None, description="The chat page. Left out: there is none.")
