"""`make lock`: resolves requirements*.in to exact versions."""

from __future__ import annotations

import subprocess
import sys

from tools.pulumi import ROOT

FLAGS = ("--quiet", "--strip-extras", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host")


def main() -> int:
    """Writes requirements.txt and requirements-dev.txt; the first failing resolution's exit code."""
    for name in ("requirements", "requirements-dev"):
        command = [sys.executable, "-m", "piptools", "compile", *FLAGS, "-o", f"{name}.txt", f"{name}.in"]
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
