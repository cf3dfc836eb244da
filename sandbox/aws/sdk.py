"""Reads a resource type's inputs and outputs from the AWS SDK's source, without importing it.

Importing one module of the SDK takes longer than everything else the stand-in does; its source is generated and
regular, so the names, kinds and required marks can be read from the syntax tree.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r"aws:([a-zA-Z0-9]+)/([a-zA-Z0-9]+):([a-zA-Z0-9]+)")
_FORCES = re.compile(r"forces? (a )?new resource|force (a )?new (resource|creation)", re.IGNORECASE)
_KEYWORDS = {"lambda": "lambda_"}


@lru_cache(maxsize=1)
def _root() -> Path | None:
    spec = find_spec("pulumi_aws")  # finds, does not import
    return Path(spec.origin).parent if spec and spec.origin else None


@lru_cache(maxsize=1)
def sdk_version() -> str:
    """Version of the installed AWS SDK, such as `7.51.1`; 0.0.0 when there is none."""
    try:
        return version("pulumi-aws")
    except PackageNotFoundError:
        return "0.0.0"


def properties_of(token: str) -> dict[str, dict[str, Any]]:
    """Facts in the shape of the facts file: kind, required, output, replace. Empty when the SDK lacks the type."""
    source = _source(token)
    if source is None:
        return {}
    class_name = token.rpartition(":")[2]
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    resource, args = classes[class_name], classes[f"{class_name}Args"]
    found: dict[str, dict[str, Any]] = {
        wire: {"type": "string", "output": True} | _kind(returns) for _, wire, returns, _ in _getters(resource)
    }
    required = _required(args)
    for name, wire, returns, text in _getters(args):
        facts = _kind(returns)
        if name in required:
            facts["required"] = True
        elif wire in found and "Optional[" not in _output_type(resource, name):
            facts["computed"] = True  # always there as an output: the provider fills what the program leaves out
        if _FORCES.search(text):
            facts["replace"] = True
        found[wire] = facts
    if "region" in found:
        found["region"] = {"type": "string", "computed": True, "replace": True}
    return found


def _source(token: str) -> str | None:
    match, root = _TOKEN.fullmatch(token), _root()
    if match is None or root is None:
        return None
    module, name, class_name = match.groups()
    folder = root / _KEYWORDS.get(module, module.lower())
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    mark = f'"{token}"'
    candidates = [folder / f"{snake}.py", *sorted(folder.glob("[!_]*.py"))] if folder.is_dir() else []
    for file in candidates:
        if file.is_file() and mark in (text := file.read_text()) and f"class {class_name}Args" in text:
            return text
    return None


def _getters(owner: ast.ClassDef) -> list[tuple[str, str, str, str]]:
    """(Python name, wire name, annotation, docstring) of each `@pulumi.getter` property."""
    found: list[tuple[str, str, str, str]] = []
    for node in owner.body:
        if not isinstance(node, ast.FunctionDef) or node.returns is None:
            continue
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            if text.startswith("pulumi.getter"):
                named = re.search(r"name='(\w+)'", text)
                wire = named.group(1) if named else node.name
                found.append((node.name, wire, ast.unparse(node.returns), ast.get_docstring(node) or ""))
    return found


def _output_type(resource: ast.ClassDef, name: str) -> str:
    return next((returns for own, _, returns, _ in _getters(resource) if own == name), "Optional[")


def _required(args: ast.ClassDef) -> set[str]:
    for node in args.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return {
                argument.arg
                for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                if default is None
            }
    return set()


def _kind(annotation: str) -> dict[str, Any]:
    """The kind of a property: `pulumi.Input[Optional[Sequence[...]]]` -> list, and so on."""
    inner = re.sub(r"^pulumi\.(Input|Output)\[(Optional\[)?", "", annotation)
    if inner.startswith(("Sequence[", "Optional[Sequence[")):
        return {"type": "list", "elem": _scalar(inner.partition("Sequence[")[2])}
    if inner.startswith(("Mapping[", "Optional[Mapping[")):
        return {"type": "map", "elem": _scalar(inner.rpartition(",")[2])}
    if "Archive" in inner or "Asset" in inner:
        return {"type": "string", "asset": True}
    return {"type": _scalar(inner)}


def _scalar(text: str) -> str:
    for python, kind in (("_builtins.str", "string"), ("_builtins.int", "int"), ("_builtins.bool", "bool")):
        if python in text:
            return kind
    return "float" if "_builtins.float" in text else "object"


@lru_cache(maxsize=1)
def provider_inputs() -> frozenset[str]:
    """Wire names of the provider's own configuration."""
    root = _root()
    if root is None:
        return frozenset()
    classes = {
        node.name: node for node in ast.parse((root / "provider.py").read_text()).body if isinstance(node, ast.ClassDef)
    }
    return frozenset(wire for _, wire, _, _ in _getters(classes["ProviderArgs"]))
