"""What the sandbox tells the person at the terminal: short lines on stderr, so that stdout stays a command's own."""

from __future__ import annotations

import sys
from typing import NoReturn


class SandboxError(Exception):
    """Something the person can mend: one line that names what was found, what was expected and the way out."""


def say(line: str) -> None:
    """One line of progress or notice."""
    print(f"sandbox: {line}", file=sys.stderr, flush=True)


def stop(error: SandboxError | str, code: int = 1) -> NoReturn:
    """End the command with one line."""
    print(f"error: {error}", file=sys.stderr, flush=True)
    sys.exit(code)
