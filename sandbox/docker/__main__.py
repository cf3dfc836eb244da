"""Runs the Docker stand-in: `python -m sandbox.docker [options]`; prints the port that the engine is to attach to."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sandbox.docker.provider import DockerProvider, Options
from sandbox.provider.faults import VARIABLE, read_faults
from sandbox.provider.journal import Journal
from sandbox.provider.serve import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.docker", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument(
        "--directory", type=Path, default=Path.cwd(), help="where relative paths of builds start (default: here)"
    )
    parser.add_argument(
        "--faults", default=os.environ.get(VARIABLE, ""), help="faults to inject; see provider/faults.py"
    )
    parser.add_argument("--engine-pid-file", type=Path, help="file with the engine's process id, for kill-engine")
    parser.add_argument("--journal", type=Path, help="file that gets a line for each creation and deletion")
    return parser.parse_args()


def main() -> int:
    """Exit code 2 for arguments that cannot be used, else that of the server."""
    arguments = _arguments()
    try:
        faults = read_faults(arguments.faults, arguments.engine_pid_file)
        journal = Journal(arguments.journal)
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    options = Options(arguments.directory.resolve(), faults, journal)
    return serve(lambda: DockerProvider(options), arguments.port)


if __name__ == "__main__":
    sys.exit(main())
