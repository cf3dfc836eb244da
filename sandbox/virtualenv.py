"""Which Python a Pulumi project, policy pack or plugin runs on, and how its dependencies are installed (by pip)."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class MissingVirtualenvError(Exception):
    """The virtualenv that a Pulumi YAML names is not there."""


def directory_of(root: str | Path, options: Mapping[str, Any]) -> Path | None:
    """The virtualenv that `runtime.options.virtualenv` names, relative to the YAML's directory; else None."""
    named = options.get("virtualenv")
    return Path(os.path.normpath(Path(root) / str(named))) if named else None


def python_of(root: str | Path, options: Mapping[str, Any]) -> Path:
    """The interpreter to use; a project without `virtualenv` gets the one that runs this process.

    Raises MissingVirtualenvError when the named virtualenv has no interpreter.
    """
    directory = directory_of(root, options)
    if directory is None:
        return Path(sys.executable)
    python = directory / "bin" / "python"
    if not python.exists():
        raise MissingVirtualenvError(
            f"virtualenv: got {directory}, which has no bin/python; run `pulumi install` in {root}"
        )
    return python


def activated(python: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment as `bin/activate` would leave it."""
    changed = {key: value for key, value in environment.items() if key != "PYTHONHOME"}
    if (python.parent.parent / "pyvenv.cfg").exists():
        changed["VIRTUAL_ENV"] = str(python.parent.parent)
        changed["PATH"] = f"{python.parent}{os.pathsep}{changed.get('PATH', '')}"
    return changed


def install_commands(root: str, options: Mapping[str, Any]) -> list[list[str]]:
    """Commands that make the virtualenv, where one is named, and install requirements.txt or the project itself."""
    directory = directory_of(root, options)
    commands: list[list[str]] = []
    python = Path(sys.executable)
    if directory is not None:
        python = directory / "bin" / "python"
        if not python.exists():
            commands.append([sys.executable, "-m", "venv", str(directory)])
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if (Path(root) / "requirements.txt").exists():
        commands.append([*pip, "-r", "requirements.txt"])
    elif (Path(root) / "pyproject.toml").exists():
        commands.append([*pip, "-e", "."])
    return commands
