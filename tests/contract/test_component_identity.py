"""Types and names of everything that a component makes: changing one replaces things in people's accounts.

A line here changes only together with an alias on the child and a line in the changelog. After that:
`UPDATE_GOLDEN=1 python -m pytest tests/contract/test_component_identity.py`.
"""

import json
import os
from pathlib import Path
from typing import Any

from tests.kit.catalogue import LEAST, MOST, NAME, making
from tests.kit.recording import record

GOLDEN = Path(__file__).parent / "data" / "components.urns.json"


def registry() -> dict[str, Any]:
    """Component -> arguments -> the type chain and name of everything below it."""
    found: dict[str, Any] = {}
    for how, table in (("least", LEAST), ("most", MOST)):
        for kind, args in table.items():
            graph = record(making(kind, args))
            urns = sorted(urn.split("::", 2)[2] for urn in graph.nodes)
            found.setdefault(kind, {})[how] = urns
    return found


def test_nothing_changes_its_type_or_name() -> None:
    made = registry()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
    assert made == json.loads(GOLDEN.read_text())


def test_the_registry_has_every_component_under_its_token() -> None:
    for kind, ways in json.loads(GOLDEN.read_text()).items():
        for urns in ways.values():
            assert f"assistant-components:index:{kind}::{NAME}" in urns
