"""The functions' package: the same bytes everywhere, complete, small, and without what the functions do not run."""

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from assistant import package, wheels

ROOT = Path(__file__).parents[3]


def build(target: Path, source: Path = ROOT, **environment: str) -> str:
    """Builds in another process; returns what it prints."""
    command = [sys.executable, "-m", "assistant.package", str(target)]
    environment = {**os.environ, **environment}
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("package") / "assistant.zip"
    build(target)
    return target


def test_the_same_sources_give_the_same_bytes_at_another_time_and_place(built: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another place"
    shutil.copytree(ROOT / "assistant", elsewhere / "assistant", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(wheels.CACHE, elsewhere / ".cache" / "wheels")
    for path in (elsewhere / "assistant").rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    target = tmp_path / "out" / "other.zip"
    said = build(target, elsewhere, TZ="Asia/Tokyo", PYTHONHASHSEED="1")
    assert target.read_bytes() == built.read_bytes()
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    assert said == f"{target} {target.stat().st_size} bytes sha256 {digest}\n"


def test_it_is_small_and_sorted_and_holds_compiled_code_for_its_processors_alone(built: Path) -> None:
    assert built.stat().st_size < 2_500_000
    names = zipfile.ZipFile(built).namelist()
    assert names == sorted(set(names))
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]
    assert {name.split("/")[1] for name in names if name.endswith(".so")} == set(wheels.PROCESSORS)
    assert all(name.startswith("native/") for name in names if name.endswith(".so"))
    page = {
        f"assistant/channels/web/{path.name}" for path in (ROOT / "assistant/channels/web").iterdir() if path.is_file()
    }
    assert {"assistant/functions.py", "certifi/cacert.pem", *page} <= set(names)
    assert zipfile.ZipFile(built).testzip() is None


def test_it_leaves_out_what_only_a_machine_of_one_s_own_runs(built: Path) -> None:
    names = zipfile.ZipFile(built).namelist()
    unwanted = (
        "boto", "starlette", "typer", "uvicorn", "prometheus_client", "valkey", "assistant/__main__",
        "assistant/server", "assistant/client", "assistant/machine", "assistant/wheels", "assistant/package",
        "assistant/workers", "assistant/deliveries", "assistant/database", "assistant/commands/",
        "assistant/measured/prometheus", "assistant/streaming/sse", "assistant/streaming/broker",
        "assistant/native-requirements",
    )  # fmt: skip
    assert not [name for name in names if name.startswith(unwanted) or "sqlite" in name]


def test_every_dependency_comes_with_its_licence(built: Path) -> None:
    licences = {name.split("/")[1] for name in zipfile.ZipFile(built).namelist() if name.startswith("licenses/")}
    assert licences == {*package.DEPENDENCIES, wheels.LIBRARY}


def test_all_it_holds_can_be_imported_from_it_alone(built: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(built).extractall(tmp_path)
    modules = [
        ".".join(path.relative_to(tmp_path).with_suffix("").parts).removesuffix(".__init__")
        for path in (tmp_path / "assistant").rglob("*.py")
    ]
    code = (
        f"import sys; sys.path[:] = [{str(tmp_path)!r}] + [p for p in sys.path if 'site-packages' not in p]\n"
        f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
        "import httpx, jwt, markdown_it\nhttpx.Client().close()\n"
        "print(sum('site-packages' in (getattr(m, '__file__', '') or '') for m in sys.modules.values()))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "0\n"


ONLY_ON_A_MACHINE = {
    "assistant.database", "assistant.cache.sqlite", "assistant.usage.sqlite", "assistant.measured.prometheus",
    "assistant.cache.valkey",
}  # fmt: skip
"""What is imported inside of a function that no handler calls."""


def test_what_is_imported_later_is_in_it_or_in_the_functions_runtime(built: Path) -> None:
    package_of = zipfile.ZipFile(built)
    names = package_of.namelist()
    there = {name.partition("/")[0].removesuffix(".py") for name in names} | {"botocore", "Crypto"}
    absent: set[str] = set()
    for name in names:
        if not re.fullmatch(r"assistant/.*\.py", name):
            continue
        for node in ast.walk(ast.parse(package_of.read(name))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for module in modules:
                top, path = module.partition(".")[0], module.replace(".", "/")
                assert top in there or top in sys.stdlib_module_names, f"{name} imports {module}"
                if top == "assistant" and not {f"{path}.py", f"{path}/__init__.py"} & set(names):
                    absent.add(module)
    assert absent <= ONLY_ON_A_MACHINE


def test_a_missing_dependency_is_told_and_leaves_no_half_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(package, "DEPENDENCIES", ("no-such-package",))
    assert package.main([str(tmp_path / "out.zip")]) == 1
    assert capsys.readouterr().err.startswith("error: no-such-package: got nothing, expected it installed")
    assert list(tmp_path.iterdir()) == []


def test_wrong_arguments_are_told_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert package.main([]) == 2
    assert "python -m assistant.package OUT.zip" in capsys.readouterr().err
