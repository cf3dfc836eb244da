"""`make check`: ruff, pyright and the unit tests side by side; prints what failed and how long each took."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tools.pulumi import ROOT

CHECKS = {
    "format": [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."],
    "lint": [sys.executable, "-m", "ruff", "check", "--quiet", "."],
    "types": [sys.executable, "-m", "pyright"],
    "unit tests": [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "auto",
        "--dist",
        "loadgroup",
        "-m",
        "not engine and not behaviour and not docker and not browser",
        # These run an embedded cloud and a server under load; `make test` runs them.
        "--ignore=tests/unit/sandbox_services",
        "--ignore=tests/unit/assistant/test_server.py",
    ],
}


def check(name: str) -> tuple[str, int, str, float]:
    """Runs one check: (name, exit code, output, seconds)."""
    start = time.monotonic()
    done = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    return name, done.returncode, (done.stdout + done.stderr).strip(), time.monotonic() - start


def main() -> int:
    """1 when any check failed."""
    failed = False
    with ThreadPoolExecutor() as pool:
        for name, code, said, seconds in pool.map(check, CHECKS):
            failed |= code != 0
            print(f"{'FAILED' if code else 'ok':6} {name} ({seconds:.0f} s)")
            if code:
                print(said)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
