"""What a channel works with: its installation, the provider's API, tokens, secrets by reference, and the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant import secrets
from assistant.channels.contract import Api, Installation, Tokens


@dataclass(frozen=True)
class Installed:
    """The `Given` protocol for one installation."""

    installation: Installation
    api: Api
    tokens: Tokens
    clock: Callable[[], float] = time.time

    def secret(self, name: str) -> str:
        """See `Given`."""
        reference = self.installation.secrets.get(name)
        if not reference:
            raise secrets.SecretUnavailableError(f"{name}: got no reference, expected one")
        return secrets.resolve(reference)

    def option(self, name: str, default: str = "") -> str:
        """See `Given`."""
        return self.installation.options.get(name) or default

    def now(self) -> float:
        """See `Given`."""
        return self.clock()
