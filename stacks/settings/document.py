"""`python -m stacks.settings.document` writes docs/settings.md and stacks/settings.schema.json from the models.

A test fails when either is not what the models say.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from stacks.settings.nodes import Node, resolved, variants
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
- A secret is never written into the settings. It is named: `{{secret: <name>}}`, with the name or the ARN of a secret
  in AWS Secrets Manager, in the stack's account and region.
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
        parts.append(f"\n## `{NAMESPACE}:{name}`\n\n{node['description']}\n\n")
        parts.append("".join(_described(node)))
    return "".join(parts)


def schema_text() -> str:
    """The text of stacks/settings.schema.json."""
    return json.dumps(file_schema(), indent=2) + "\n"


def _described(group: Node) -> Iterator[str]:
    """A group's table, or a table for each of its variants; then those of the choices and lists inside, each once."""
    inner: dict[str, Node] = {}
    yield from _tables(group, inner, "###")
    told = set[str]()
    while left := [path for path in inner if path not in told]:
        told.add(left[0])
        node = inner[left[0]]
        yield f"\n### `{left[0]}`\n\n{node['description']}\n\n"
        yield from _tables(resolved(node.get("items", node)), inner, "####", f"{left[0]}.")


def _tables(group: Node, inner: dict[str, Node], head: str, where: str = "") -> Iterator[str]:
    if not (choice := variants(group)):
        yield _table(group, inner, where)
        return
    word = group["discriminator"]["propertyName"]
    yield f"What belongs here depends on `{word}`.\n"
    for value, variant in choice.items():
        yield f"\n{head} `{word}: {value}`\n\n{variant['description']}\n\n{_table(variant, inner, where)}"


def _table(group: Node, inner: dict[str, Node], where: str) -> str:
    rows = _rows(group, (), inner, where)
    return TABLE + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _rows(group: Node, above: tuple[str, ...], inner: dict[str, Node], where: str) -> Iterator[tuple[str, ...]]:
    for name, written in group.get("properties", {}).items():
        node, path = resolved(written), (*above, name)
        default = "required" if name in group.get("required", ()) else _default(node)
        key = ".".join(path)
        yield f"`{key}`", _type(node), default, _text(_bounds(node)), _text(node["description"])
        if _is_told_apart(node):
            inner.setdefault(f"{where}{key}", node)
        elif not node.get("writeOnly"):  # how secrets are named is told above
            yield from _rows(node, path, inner, where)


def _is_told_apart(node: Node) -> bool:
    """Whether it is a choice, or a list of groups: such have tables of their own."""
    return bool(variants(node)) or "x-expected" not in resolved(node.get("items", {"x-expected": ""}))


def _text(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def _type(node: Node) -> str:
    if node.get("writeOnly") and node.get("type") == "object":
        return "reference"
    if variants(node):
        return "group"
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
    if choice := variants(node):
        return f"by `{node['discriminator']['propertyName']}`: {', '.join(choice)}; see below"
    if "const" in node or "enum" in node:
        return ", ".join(f"`{value}`" for value in node.get("enum", [node.get("const")])) + unit
    match node["type"]:
        case "integer" | "number":
            return f"{node['minimum']} to {node['maximum']}{unit}"
        case "array":
            each = resolved(node["items"]).get("x-expected", "a group; see below")
            return f"{node.get('minItems', 0)} to {node['maxItems']}, each {each}"
        case _:
            return ""


def main() -> None:
    """Writes both files."""
    PAGE.write_text(page())
    SCHEMA.write_text(schema_text())


if __name__ == "__main__":
    main()
