"""Property values as plain Python: unknowns, secrets and assets beside the ordinary JSON kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.provider.assets import AssetRef

__all__ = ["UNKNOWN", "AssetRef", "Secret", "Unknown", "has_secret", "has_unknown", "like", "plain", "seal"]


class Unknown:
    """A value that only the update will bring. One instance, `UNKNOWN`; compares by identity."""

    _only: Unknown | None = None

    def __new__(cls) -> Unknown:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "<unknown>"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value has no truth; test it with `is UNKNOWN` first")


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must stay encrypted in state and hidden in output."""

    value: Any


def plain(value: Any) -> Any:
    """The value without secret marks, at every depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _any(value: Any, test: Callable[[Any], bool]) -> bool:
    if test(value):
        return True
    if isinstance(value, Secret):
        return _any(value.value, test)
    if isinstance(value, dict):
        return any(_any(item, test) for item in value.values())
    if isinstance(value, list):
        return any(_any(item, test) for item in value)
    return False


def has_unknown(value: Any) -> bool:
    """True when the value or any part of it is unknown."""
    return _any(value, lambda item: item is UNKNOWN)


def has_secret(value: Any) -> bool:
    """True when the value or any part of it is a secret."""
    return _any(value, lambda item: isinstance(item, Secret))


def like(value: Any, marked: Any) -> Any:
    """`value` (plain) with a secret mark wherever `marked` has one at the same place.

    Where the two differ in shape below a mark, the mark moves up to the nearest place that both have, so that no
    secret gets out through a value that the provider rearranged.
    """
    if isinstance(marked, Secret):
        return Secret(plain(value))
    if isinstance(marked, dict) and isinstance(value, dict):
        lost = any(has_secret(item) for key, item in marked.items() if key not in value)
        merged = {key: like(item, marked[key]) if key in marked else item for key, item in value.items()}
        return Secret(plain(value)) if lost else merged
    if isinstance(marked, list) and isinstance(value, list) and len(marked) == len(value):
        return [like(item, mark) for item, mark in zip(value, marked, strict=True)]
    return Secret(plain(value)) if has_secret(marked) else value


def seal(values: dict[str, Any], marked: dict[str, Any]) -> dict[str, Any]:
    """Outputs with the secret marks of the inputs they came from; keys that only one side has stay as they are."""
    return {key: like(item, marked[key]) if key in marked else item for key, item in values.items()}
