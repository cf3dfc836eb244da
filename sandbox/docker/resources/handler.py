"""What each kind of resource implements."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from docker.errors import APIError, NotFound

from sandbox.docker.daemon import Daemon, told
from sandbox.provider.protocol import ProviderError

Values = dict[str, Any]
IN_USE_SECONDS = 30.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Place:
    """Where an operation happens: the daemon, and the directory that relative paths start from."""

    daemon: Daemon
    directory: Path


class Handler(Protocol):
    """Inputs, state and outputs are plain values by Pulumi names, without marks of the engine or the provider."""

    def create(self, place: Place, inputs: Values) -> tuple[str, Values]:
        """Makes it: (id, what is there)."""
        ...

    def read(self, place: Place, id: str, state: Values) -> Values | None:
        """What is there; None when it is gone."""
        ...

    def update(self, place: Place, id: str, state: Values, news: Values) -> Values:
        """Changes it in place; returns what is there."""
        ...

    def delete(self, place: Place, id: str, state: Values) -> None:
        """Removes it; gone already is fine."""
        ...


def removed(remove: Callable[[], Any], what: str, in_use: str) -> None:
    """Removes something that may be in use for a moment longer, because what used it is just going."""
    deadline = time.monotonic() + IN_USE_SECONDS
    while True:
        try:
            with told(what):
                remove()
            return
        except ProviderError as problem:
            cause = problem.__cause__
            if isinstance(cause, NotFound):
                return
            busy = isinstance(cause, APIError) and in_use in str(problem)
            if not busy or time.monotonic() > deadline:
                raise
        time.sleep(POLL_SECONDS)
