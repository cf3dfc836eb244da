"""Where the sandbox keeps what it makes: one folder, `.cache` in the project, or the one that SANDBOX_CACHE names."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("SANDBOX_CACHE", ROOT / ".cache")).resolve()

BIN = CACHE / "bin"  # the engine built or downloaded here
HOST = CACHE / "host"  # stand-in for the language host; on PATH only when the official one is missing
PULUMI_HOME = CACHE / "pulumi-home"
STATE = CACHE / "state"  # file backend
STACKS = CACHE / "stacks"  # stack configuration with the encryption salt that the engine wrote
CLOUD = CACHE / "cloud"  # the embedded cloud's process, log and saved state
RUN = CACHE / "run"  # what a command in progress needs: process ids, journals
PREVIEW = CACHE / "preview"
PACKAGE = CACHE / "packages" / "assistant.zip"


def ensured(directory: Path) -> Path:
    """The directory, made if it was missing."""
    directory.mkdir(parents=True, exist_ok=True)
    return directory
