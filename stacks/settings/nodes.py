"""Finds a place of the settings in their JSON schema, and says in words what belongs there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stacks.settings.sections import schema

Node = Mapping[str, Any]
Path = tuple[str | int, ...]


def resolved(node: Node) -> Node:
    """The node itself instead of a reference to it; of a node that may also be null, the other one."""
    own = {key: value for key, value in node.items() if key not in {"$ref", "anyOf"}}
    if "$ref" in node:
        return {**resolved(schema()["$defs"][node["$ref"].rpartition("/")[2]]), **own}
    if "anyOf" in node:
        return {**resolved(next(option for option in node["anyOf"] if option.get("type") != "null")), **own}
    return node


def variants(node: Node) -> dict[str, Node]:
    """The variants of a choice by their word; empty when the node is no choice."""
    mapping: Mapping[str, str] = node.get("discriminator", {}).get("mapping", {})
    return {word: resolved({"$ref": target}) for word, target in mapping.items()}


def located(loc: Sequence[str | int]) -> tuple[Path, Node]:
    """The path that a person wrote and its node, for a place as pydantic names it (with the words of choices in it)."""
    node, path = resolved(schema()), list[str | int]()
    for part in loc:
        choice = variants(node)
        if part in choice:
            node = choice[str(part)]
            continue
        path.append(part)
        node = resolved(node["items"] if isinstance(part, int) and "items" in node else _property(node, part))
    return tuple(path), node


def _property(node: Node, name: str | int) -> Node:
    return node.get("properties", {}).get(name, {})


def shown(path: Path) -> str:
    """`compute.inference.timeout_s`, `deploy.alarm_emails[0]`; odd characters are quoted and long names cut."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        plain = part.replace("_", "").replace("-", "").replace(":", "").isalnum() and part.isascii()
        name = part if plain else repr(part)
        text += ("." if text else "") + (name if len(name) <= 60 else f"{name[:57]}...")
    return text


def expected(node: Node) -> str:
    """What belongs here: `a whole number of seconds from 1 to 29`, `one of public, internal`."""
    if "x-expected" in node:
        return str(node["x-expected"])
    if choice := variants(node):
        return f"a group of settings whose {node['discriminator']['propertyName']} is one of {', '.join(choice)}"
    unit = f" ({node['x-unit']})" if "x-unit" in node else ""
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        return f"one of {', '.join(str(value) for value in node['enum'])}{unit}"
    match node.get("type"):
        case "integer" | "number" as kind:
            noun = "a whole number" if kind == "integer" else "a number"
            counted = f" of {node['x-unit']}" if "x-unit" in node else ""
            return f"{noun}{counted} from {node['minimum']} to {node['maximum']}"
        case "boolean":
            return "true or false"
        case "array":
            return f"a list of {node.get('minItems', 0)} to {node['maxItems']} values"
        case "object":
            return f"a group of settings ({', '.join(node.get('properties', {}))})"
        case _:
            return f"a text of {node.get('minLength', 0)} to {node['maxLength']} characters"


def fields(node: Node | None = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node, str]]:
    """Every field below a node: its path, its node, and the word of the variant that it belongs to ("" if none)."""
    node = resolved(schema()) if node is None else node
    yield from _properties(node, path, "")
    for word, variant in variants(node).items():
        yield from _properties(variant, path, word)


def _properties(node: Node, path: tuple[str, ...], word: str) -> Iterator[tuple[tuple[str, ...], Node, str]]:
    for name, inner in node.get("properties", {}).items():
        child = resolved(inner)
        yield (*path, name), child, word
        yield from ((deeper, leaf, own or word) for deeper, leaf, own in fields(child, (*path, name)))
