"""`make down`: removes what a stack has deployed, and ends the embedded cloud when no stack uses it any more."""

from __future__ import annotations

import argparse
import sys

from sandbox import backend, cloud
from tools.pulumi import pulumi


def main() -> int:
    """Exit code of `pulumi destroy`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", default="local")
    given = parser.parse_args()
    if given.stack == "local" and not backend.state_file("local").exists():
        print("stack local: nothing is deployed", file=sys.stderr)
        cloud.stop(forget=True)
        return 0
    done = pulumi("destroy", "--yes", "--non-interactive", "--stack", given.stack)
    if done.returncode == 0 and not backend.deployed_stacks():
        cloud.stop(forget=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
