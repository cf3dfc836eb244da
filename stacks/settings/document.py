"""`python -m stacks.settings.document` writes docs/settings.md and stacks/settings.schema.json from the models.

A test fails when either is not what the models say.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from stacks.settings.nodes import Node, fields, resolved, variants
from stacks.settings.sections import NAMES, NAMESPACE, REGION_KEY, file_schema, schema

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "settings.md"
SCHEMA = ROOT / "stacks" / "settings.schema.json"

HEAD = f"""# Settings

Written by `python -m stacks.settings.document` from the models in `stacks/settings/`. Change those, not this page.

A stack's settings are in `stacks/Pulumi.<stack>.yaml`, under `config`. There are five sections, one for each step.
Each is one key, and all five are required:
{", ".join(f"`{NAMESPACE}:{name}`" for name in NAMES)}.
Besides them there is `{REGION_KEY}`, the AWS region of the stack. It is required, too.

- Keys that are not listed here are errors. So are values of another type: `"5"` is a text, `5` is a number.
- A secret is never written into the settings. It is named: `{{secret: <name>}}`.
- Every mistake is reported, one per line, before anything is deployed.
- A first line `# yaml-language-server: $schema=settings.schema.json` lets editors complete and check the file.
"""
TABLE = "| Key | Type | Default | Bounds | Meaning |\n| --- | --- | --- | --- | --- |\n"
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "group",
}


def page() -> str:
    """The text of docs/settings.md."""
    parts = [HEAD]
    for name in NAMES:
        node = resolved(schema()["properties"][name])
        parts.append(f"\n## `{NAMESPACE}:{name}`\n\n{node['description']}\n")
        if choice := variants(node):
            word = node["discriminator"]["propertyName"]
            parts.append(f"\nWhat belongs here depends on `{word}`.\n")
            for value, variant in choice.items():
                parts.append(f"\n### `{word}: {value}`\n\n{variant['description']}\n\n{_table(variant)}")
        else:
            parts.append(f"\n{_table(node)}")
    return "".join(parts)


def schema_text() -> str:
    """The text of stacks/settings.schema.json."""
    return json.dumps(file_schema(), indent=2) + "\n"


def _table(group: Node) -> str:
    return TABLE + "".join(f"| {' | '.join(row)} |\n" for row in _rows(group))


def _rows(group: Node) -> Iterator[tuple[str, ...]]:
    for path, node, _ in fields(group):
        parent = group
        for key in path[:-1]:
            parent = resolved(parent["properties"][key])
        default = "required" if path[-1] in parent.get("required", ()) else _default(node)
        yield f"`{'.'.join(path)}`", _type(node), default, _text(_bounds(node)), _text(node["description"])


def _text(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def _type(node: Node) -> str:
    if node.get("writeOnly") and node.get("type") == "object":
        return "reference"
    if "const" in node or "enum" in node:
        return "choice"
    return TYPES[node["type"]]


def _default(node: Node) -> str:
    default = node.get("default")
    if default is None or default == []:
        return "none"
    return "see below" if isinstance(default, dict) else f"`{json.dumps(default)}`"


def _bounds(node: Node) -> str:
    unit = f" {node['x-unit']}" if "x-unit" in node else ""
    if "x-expected" in node:
        return str(node["x-expected"])
    if "const" in node or "enum" in node:
        return ", ".join(f"`{value}`" for value in node.get("enum", [node.get("const")])) + unit
    match node["type"]:
        case "integer" | "number":
            return f"{node['minimum']} to {node['maximum']}{unit}"
        case "array":
            return f"{node.get('minItems', 0)} to {node['maxItems']}, each {node['items']['x-expected']}"
        case _:
            return ""


def main() -> None:
    """Writes both files."""
    PAGE.write_text(page())
    SCHEMA.write_text(schema_text())


if __name__ == "__main__":
    main()
