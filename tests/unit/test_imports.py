"""Which part may import which. The arrows go one way; a part that is not named here may not be imported at all."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# part -> (folder or file, parts of ours that it may import, packages of others that it may import; None: any)
PULUMI_SDKS = {"pulumi", "pulumi_aws"}
PARTS: dict[str, tuple[str, set[str], set[str] | None]] = {
    "__main__": ("__main__.py", {"stacks"}, {"pulumi"}),
    "stacks": (
        "stacks",
        {"assistant_components", "assistant_planning"},
        {*PULUMI_SDKS, "pydantic", "pydantic_core", "yaml"},
    ),
    "assistant_components": (
        "components",
        set(),
        {*PULUMI_SDKS, "pydantic", "pydantic_core", "typing_extensions"},
    ),
    "assistant_policies": (
        "policies",
        {"assistant_planning"},
        {"pulumi", "pulumi_policy", "pydantic", "pydantic_core", "yaml", "networkx", "typing_extensions", "google"},
    ),
    "assistant_planning": ("planning", set(), None),
    "assistant": (
        "assistant",
        set(),
        {
            "botocore", "Crypto", "httpx", "jwt", "markdown_it", "prometheus_client", "starlette", "typer", "uvicorn",
            "valkey",
        },
    ),
    "sandbox": ("sandbox", set(), None),
    "tools": ("tools", {"assistant", "sandbox"}, None),
}  # fmt: skip
# Where a module is imported by a name made at run time: (file, the name), and what it may be trusted to find.
REGISTRY = "policies/assistant_policies/registry.py"
AT_RUN_TIME = {
    (REGISTRY, "module.name"): "the pack's own rules, each of which is checked here as a file",
    ("assistant/wiring.py", "type(channel).__module__"): "a channel's own module, which is imported already",
}
NO_PULUMI = {"assistant", "assistant_planning"}
NOT_WRITTEN = "a name made at run time: "
IMPORTING = {"import_module", "__import__"}
OURS = {*PARTS, "tests", "bench", "examples", "components", "policies", "planning"}


def files(part: str) -> list[Path]:
    """The part's source files, of what exists yet."""
    place = ROOT / PARTS[part][0]
    found = [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [file for file in found if ".venv" not in file.parts]


def imported(tree: ast.AST, package: str) -> set[tuple[int, str]]:
    """Line and first name of every import, wherever in the file it stands; a relative one counts as the own package."""
    found: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(node.lineno, alias.name.partition(".")[0]) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.lineno, package if node.level else str(node.module).partition(".")[0]))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in IMPORTING:
            found.add((node.lineno, package_of(node)))
    return found


def package_of(call: ast.Call) -> str:
    """The first name of what a call imports, as far as it is written there: `f"ours.{name}"` is within `ours`."""
    name = call.args[0] if call.args else call.keywords[0].value if call.keywords else call
    written = name.values[0] if isinstance(name, ast.JoinedStr) and name.values else name
    if isinstance(written, ast.Constant):
        first, dot, _ = str(written.value).partition(".")
        if first and (dot or written is name):
            return first
    return NOT_WRITTEN + ast.unparse(name)


def wrong_imports(part: str, file: Path, text: str) -> list[str]:
    """`file:line imports x` for each import that the part may not have."""
    _, ours, theirs = PARTS[part]
    wrong: list[str] = []
    for line, name in sorted(imported(ast.parse(text), part)):
        if name == part or name in sys.stdlib_module_names:
            continue
        if (str(file), name.removeprefix(NOT_WRITTEN)) in AT_RUN_TIME:
            continue
        forbidden = name not in ours if name in OURS else theirs is not None and name not in theirs
        forbidden = forbidden or name.startswith(NOT_WRITTEN)
        if forbidden or (part in NO_PULUMI and name.startswith("pulumi")):
            wrong.append(f"{file}:{line} imports {name}")
    return wrong


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    wrong = [line for file in files(part) for line in wrong_imports(part, file.relative_to(ROOT), file.read_text())]
    assert wrong == []


def test_every_exception_is_still_needed() -> None:
    for file, name in AT_RUN_TIME:
        assert NOT_WRITTEN + name in {found for _, found in imported(ast.parse((ROOT / file).read_text()), "")}, file


def test_the_application_imports_all_that_it_may() -> None:
    used = {name for file in files("assistant") for _, name in imported(ast.parse(file.read_text()), "assistant")}
    theirs = PARTS["assistant"][2]
    assert theirs is not None
    assert theirs <= used


def test_the_parts_that_are_there_have_files() -> None:
    assert all(files(part) for part in ("__main__", "stacks", "assistant_components", "assistant", "sandbox", "tools"))


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("__main__", "import sandbox.engine"),
        ("stacks", "from sandbox import engine"),
        ("stacks", "from components.assistant_components import ServerlessAssistant"),
        ("stacks", "import assistant.config"),
        ("assistant_components", "import stacks"),
        ("assistant_components", "def f():\n    import boto3"),
        ("assistant_policies", "import assistant_components"),
        ("assistant", "import pulumi_aws as aws"),
        ("assistant", "from sandbox import cloud"),
        ("assistant", "import importlib\nimportlib.import_module('pulumi')"),
        ("assistant", "import importlib\nimportlib.import_module(name)"),
        ("assistant", "import importlib\nimportlib.import_module(name='sandbox.cloud')"),
        ("assistant", "from importlib import import_module\nimport_module(f'pulumi.{name}')"),
        ("assistant", "from importlib import import_module\nimport_module(f'{name}.assistant')"),
        ("assistant", "from importlib import import_module\nimport_module(f'assistant{name}')"),
        ("assistant", "from importlib import import_module\nimport_module('.' + name, 'pulumi')"),
        ("assistant", "from importlib import import_module\nimport_module(type(channel).__module__)"),
        ("assistant", "__import__('stacks')"),
        ("assistant", "import boto3"),
        ("assistant", "def f():\n    import pydantic"),
        ("tools", "import stacks"),
        ("sandbox", "import assistant_components"),
        ("sandbox", "if True:\n    from stacks.settings import load"),
    ],
)
def test_an_import_against_the_arrows_is_found(part: str, text: str) -> None:
    assert len(wrong_imports(part, Path("example.py"), text)) == 1


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("__main__", "import pulumi\nfrom stacks.compose import deploy"),
        ("stacks", "import json\nfrom assistant_components import ServerlessAssistant"),
        ("assistant_components", "from . import _base\nfrom assistant_components.state import queue"),
        ("assistant", "import botocore, starlette"),
        ("assistant", "import importlib\nimportlib.import_module(f'assistant.channels.{name}')"),
        ("assistant", "import importlib\nimportlib.import_module('httpx')"),
        ("tools", "from assistant import channels"),
        ("sandbox", "import pulumi, grpc"),
    ],
)
def test_an_import_along_the_arrows_is_allowed(part: str, text: str) -> None:
    assert wrong_imports(part, Path("example.py"), text) == []
