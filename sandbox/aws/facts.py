"""What is known about each resource type: from the facts file, else from the SDK's own source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.aws import sdk

Property = Mapping[str, Any]
"""Facts about one property; the keys are those of data/README.md. An absent key is false or unknown."""

_FILE = Path(__file__).parent / "data" / "facts.json"


@dataclass(frozen=True)
class TypeFacts:
    """One resource type. `modern` = built on the provider framework, which leaves out nulls and default marks."""

    token: str
    properties: Mapping[str, Property]
    modern: bool = False
    tagged: bool = False
    immutable: bool = False
    rules: tuple[Mapping[str, list[str]], ...] = ()
    unmodelled: frozenset[str] = field(default_factory=frozenset[str])

    def accepts(self, path: str, name: str) -> bool:
        """True for an input that the SDK has and the facts lack: nothing is known of it, so it may be anything."""
        return f"{path}.{name}".lstrip(".") in self.unmodelled or f"**.{name}" in self.unmodelled


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return json.loads(_FILE.read_text())


@lru_cache(maxsize=512)
def facts_of(token: str) -> TypeFacts | None:
    """The facts of a type token such as `aws:sqs/queue:Queue`; None when neither file nor SDK knows it."""
    held = _file()["types"].get(token)
    if held is None:
        properties = sdk.properties_of(token)
        return TypeFacts(token, properties, tagged="tagsAll" in properties) if properties else None
    return TypeFacts(
        token=token,
        properties=held["properties"],
        modern=held.get("framework", False),
        tagged=held.get("tagged", False),
        immutable=held.get("no_update", False),
        rules=tuple(held.get("config_validators", ())),
        unmodelled=frozenset(held.get("not_in_source", ())),
    )


def nested(prop: Property) -> Mapping[str, Property] | None:
    """The properties of an object, or of each element of a list or set of objects."""
    if "nested_ref" in prop:
        return _file()["shared"][prop["nested_ref"]]
    return prop.get("nested")


def is_block(prop: Property) -> bool:
    """True for a list or set of objects, which is empty rather than absent."""
    return prop.get("type") in ("list", "set") and prop.get("elem") == "object"


def inputs_of(properties: Mapping[str, Property]) -> list[str]:
    """Names of the properties that may be given."""
    return [name for name, prop in properties.items() if not prop.get("output")]
