"""The seam between the stand-in's core and its services: what a service handler has to offer."""

from __future__ import annotations

from typing import Any, Protocol

from sandbox.aws.call import Call
from sandbox.provider.assets import AssetRef

__all__ = ["AssetRef", "Call", "Handler"]


class Handler(Protocol):
    """Makes, reads, changes and removes the resources of one type in the embedded cloud.

    Inputs and outputs are plain Python under Pulumi's camelCase names: secrets unwrapped, assets as AssetRef, whole
    numbers as int, no `__defaults`. Any exception fails the operation; its text becomes the engine's message.
    """

    def create(self, call: Call, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Makes the resource; returns its id and all outputs."""
        ...

    def read(self, call: Call, id: str, state: dict[str, Any]) -> dict[str, Any] | None:
        """What is really there, as outputs; None when it is gone. `state` is empty on an import."""
        ...

    def update(self, call: Call, id: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """Changes the resource from the `old` outputs to the `new` inputs; returns all outputs."""
        ...

    def delete(self, call: Call, id: str, state: dict[str, Any]) -> None:
        """Removes the resource; gone already is fine."""
        ...
