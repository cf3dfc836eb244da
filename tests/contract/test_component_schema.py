"""The components' schema is a promise: a change shows here, needs a line in the changelog, and a breaking one a major.

After a wanted change: `UPDATE_GOLDEN=1 python -m pytest tests/contract/test_component_schema.py`, and
`python components/readme.py`.
"""

import json
import os
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "data" / "components.schema.json"
README = runpy.run_path(str(ROOT / "components" / "readme.py"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """As the plugin serves it; the version is the package's business."""
    return {name: part for name, part in README["schema"]().items() if name != "version"}


def test_the_schema_is_the_committed_one(schema: dict[str, Any]) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    assert schema == json.loads(GOLDEN.read_text())


def test_everything_in_the_schema_is_described_on_one_line_or_dedented(schema: dict[str, Any]) -> None:
    shapes = {**schema["resources"], **schema["types"]}
    for token, shape in shapes.items():
        assert shape["description"].strip(), token
        for block in ("inputProperties", "properties"):
            for name, described in shape.get(block, {}).items():
                assert described.get("description", "").endswith("."), f"{token}.{name}"
        for member in shape.get("enum", []):
            assert member["description"].endswith("."), token
        assert "\n    " not in json.dumps(shape).replace("\\n", "\n"), token


def test_what_decides_the_shape_is_plain_and_what_carries_values_is_not(schema: dict[str, Any]) -> None:
    for token, shape in schema["resources"].items():
        for name, described in shape.get("inputProperties", {}).items():
            carries = name in {"tags"} or name.endswith(("Arn", "Name", "arn"))
            assert carries != bool(described.get("plain")), f"{token}.{name}"


def test_components_need_at_most_four_arguments(schema: dict[str, Any]) -> None:
    needed = {token.rpartition(":")[2]: shape.get("requiredInputs", []) for token, shape in schema["resources"].items()}
    assert sorted(needed["ServerlessAssistant"]) == ["model", "package"]
    assert max(len(names) for names in needed.values()) <= 4


def test_the_readmes_tables_are_those_of_the_schema() -> None:
    text = README["README"].read_text(encoding="utf-8")
    assert README["with_tables"](text) == text, "run `python components/readme.py`"


def test_the_changelog_has_the_packages_version() -> None:
    import tomllib

    version = tomllib.loads((ROOT / "components" / "pyproject.toml").read_text())["project"]["version"]
    assert f"\n## {version}\n" in (ROOT / "components" / "CHANGELOG.md").read_text()
