"""Calls `python -m sandbox pulumi`, which supplies what this machine lacks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pulumi(
    *arguments: str, capture: bool = False, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs one command in the project; its messages go to the terminal, its stdout too unless `capture`."""
    command = [sys.executable, "-m", "sandbox", "pulumi", *arguments]
    environment = {**os.environ, **(environment or {})}
    stdout = subprocess.PIPE if capture else None
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=stdout, text=True, check=False)


def output(stack: str, name: str) -> str | None:
    """One output of a deployed stack; None when the stack or the output is not there."""
    command = [sys.executable, "-m", "sandbox", "pulumi", "stack", "output", name, "--stack", stack]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None if done.returncode == 0 else None
