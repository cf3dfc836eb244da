"""Builds a pinned Go program once, with progress that a person can follow."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from pathlib import Path

from sandbox.paths import ensured
from sandbox.say import SandboxError, say

OLDEST_GO = (1, 25)
PROGRESS_SECONDS = 10  # a line at least this often while a build goes on


def go_is_usable(reasons: list[str]) -> bool:
    """True when a new enough Go is on PATH; otherwise adds why not to `reasons`."""
    try:
        said = subprocess.run(
            ["go", "env", "GOVERSION"], capture_output=True, text=True, timeout=60, check=False
        ).stdout.strip()
    except OSError:
        reasons.append("Go is not installed")
        return False
    numbers = re.match(r"go(\d+)\.(\d+)", said)
    if not numbers or (int(numbers[1]), int(numbers[2])) < OLDEST_GO:
        reasons.append(f"Go: got {said or 'no version'}, expected go1.25 or newer")
        return False
    return True


def module_directory(folder: Path, module: str) -> Path:
    """Where Go keeps a module that `folder`/go.mod requires, downloaded if need be."""
    _go(folder, "mod", "download", module)
    return Path(_go(folder, "list", "-m", "-f", "{{.Dir}}", module).strip())


def _go(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["go", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SandboxError(f"go {' '.join(arguments)} in {folder}: {_last_line(done.stderr)}")
    return done.stdout


def build(folder: Path, package: str, target: Path, what: str, version: str) -> None:
    """Builds `package` of the module in `folder` into `target`; says how far it is.

    Raises SandboxError with the compiler's last line when the build fails. An interrupted build leaves no target.
    """
    say(f"building {what} from its Go modules; this is done once and takes 2 to 5 minutes on two cores")
    start = time.monotonic()
    _download(folder, what)
    total = len(_go(folder, "list", "-deps", package).split())
    fresh = ensured(target.parent) / f"{target.name}.{os.getpid()}"
    flags = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    command = ["go", "build", "-v", "-trimpath", "-ldflags", flags, "-o", str(fresh), package]
    try:
        with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as compiler:
            lines, last, said = 0, "", 0.0
            assert compiler.stderr is not None  # asked for as a pipe
            for line in compiler.stderr:
                lines, last = lines + 1, line.strip() or last
                if time.monotonic() - said > PROGRESS_SECONDS:
                    said = time.monotonic()
                    say(f"  {what}: package {min(lines, total)} of at most {total}, {said - start:.0f} s")
        if compiler.returncode:
            raise SandboxError(
                f"building {what} failed: {last}; remove nothing, mend the cause and run the command again"
            )
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    say(f"built {what} in {time.monotonic() - start:.0f} s")


def _download(folder: Path, what: str) -> None:
    """Downloads the modules first, so that a registry that cannot be reached is told apart from a failing build."""
    done = threading.Event()

    def tell() -> None:
        start = time.monotonic()
        while not done.wait(PROGRESS_SECONDS):
            say(f"  {what}: downloading modules, {time.monotonic() - start:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        _go(folder, "list", "-deps", "-f", "{{.ImportPath}}", "tool")
    finally:
        done.set()
        teller.join()


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"
