"""Tags between program, provider and cloud: the cloud holds all tags, the program gives its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.provider.values import plain

Values = dict[str, Any]


def with_all_tags(inputs: Values, planned: Values, default: Mapping[str, str]) -> Values:
    """Inputs for a service handler: the tags it is to set are the program's and the provider's default ones."""
    return {**inputs, "tags": planned["tagsAll"]} if default and "tagsAll" in planned else inputs


def with_own_tags(inputs: Values, made: Values, default: Mapping[str, str]) -> Values:
    """Outputs of a service handler: `tags` as the program gave them beside `tagsAll`."""
    held = made.get("tags")
    if not isinstance(held, dict) or "tagsAll" in made:
        return made
    own = plain(inputs.get("tags")) or {}
    tags = {key: value for key, value in held.items() if default.get(key) != value or key in own}
    return {**made, "tags": tags or None, "tagsAll": held}
