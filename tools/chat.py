"""`make chat`: says MESSAGE to the deployed assistant and prints the reply, nothing else, on stdout."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from tools.pulumi import ROOT, output


def main() -> int:
    """Exit code 0 with the reply on stdout, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", default="local")
    parser.add_argument("--message", default=os.environ.get("MESSAGE", "hello"))
    given = parser.parse_args()
    url = output(given.stack, "url")
    if url is None:
        print(
            f"error: stack {given.stack} has no url: nothing is deployed; run `make up STACK={given.stack}`",
            file=sys.stderr,
        )
        return 1
    command = [sys.executable, "-m", "assistant", "chat", "--url", url, "--message", given.message]
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode and url.startswith("http://127.0.0.1"):
        print(f"hint: if the embedded cloud has ended, `make up STACK={given.stack}` brings it back", file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
