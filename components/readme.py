"""Writes the tables of README.md from the components' schema: `python readme.py`, or `--check` to only compare."""

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
FIRST = "ServerlessAssistant"  # what people import first
TOKEN = "assistant-components:index:"


def schema() -> dict[str, Any]:
    """The package's schema, as the plugin serves it."""
    from pulumi.provider.experimental.component import ComponentProvider

    served = runpy.run_path(str(HERE / "__main__.py"))
    provider = ComponentProvider(served["components"](), served["NAME"], served["NAMESPACE"], "0.0.0")
    return json.loads(provider.schema or "{}")


def snake(name: str) -> str:
    """The Python name of a property."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", name)


def kind(shape: dict[str, Any]) -> str:
    """A property's type in words."""
    if "$ref" in shape:
        name = shape["$ref"].rpartition(":")[2]
        return f"[{name}](#{name.lower()})"
    if "items" in shape:
        return f"list of {kind(shape['items'])}"
    if "additionalProperties" in shape:
        return f"map of {kind(shape['additionalProperties'])}"
    return {"integer": "int", "number": "float", "string": "text", "boolean": "bool"}[shape["type"]]


def table(properties: dict[str, Any], required: list[str], heading: str) -> list[str]:
    """One table of properties, the required ones first."""
    rows = [f"| {heading} | type | meaning |", "|---|---|---|"]
    for name in sorted(properties, key=lambda one: one not in required):
        mark = " (required)" if name in required and heading != "output" else ""
        rows.append(f"| `{snake(name)}`{mark} | {kind(properties[name])} | {properties[name]['description']} |")
    return [*rows, ""]


def tables(described: dict[str, Any]) -> str:
    """All tables: components, then the types that their arguments use."""
    lines: list[str] = []
    resources = {token.removeprefix(TOKEN): shape for token, shape in described["resources"].items()}
    for name in sorted(resources, key=lambda one: (one != FIRST, one)):
        shape = resources[name]
        lines += [f"### {name}", "", shape["description"], ""]
        lines += table(shape.get("inputProperties", {}), shape.get("requiredInputs", []), "argument")
        lines += table(shape["properties"], shape.get("required", []), "output")
    for token, shape in sorted(described["types"].items()):
        lines += [f"### {token.removeprefix(TOKEN)}", "", shape["description"], ""]
        if "enum" in shape:
            lines += ["| value | meaning |", "|---|---|"]
            lines += [f"| `{one['value']}` | {one['description']} |" for one in shape["enum"]]
            lines.append("")
        else:
            lines += table(shape["properties"], shape.get("required", []), "field")
    return "\n".join(lines)


def with_tables(text: str) -> str:
    """The README's text with its tables as they have to be."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables(schema())}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Writes the file; with --check, 1 when it is out of date."""
    before = README.read_text(encoding="utf-8")
    after = with_tables(before)
    if "--check" in sys.argv[1:]:
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
