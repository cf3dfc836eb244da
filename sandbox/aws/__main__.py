"""Runs the AWS stand-in: `python -m sandbox.aws [options]`; prints the port that the engine is to attach to."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from sandbox.aws.provider import DEFAULT_ACCOUNT, AwsProvider, Options
from sandbox.provider.faults import VARIABLE, read_faults
from sandbox.provider.journal import Journal
from sandbox.provider.serve import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument("--endpoint", help="URL of the embedded cloud; without it resources exist only on paper")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, help=f"account id, 12 digits (default {DEFAULT_ACCOUNT})")
    parser.add_argument(
        "--faults", default=os.environ.get(VARIABLE, ""), help="faults to inject; see provider/faults.py"
    )
    parser.add_argument("--engine-pid-file", type=Path, help="file with the engine's process id, for kill-engine")
    parser.add_argument("--journal", type=Path, help="file that gets a line for each creation and deletion")
    parser.add_argument("--directory", type=Path, help="where relative paths of assets start (default: here)")
    return parser.parse_args()


def main() -> int:
    """Exit code 2 for arguments that cannot be used, else that of the server."""
    arguments = _arguments()
    if not re.fullmatch(r"\d{12}", arguments.account):
        print(f"--account: got {arguments.account!r}, expected 12 digits", file=sys.stderr)
        return 2
    try:
        pid_file = arguments.engine_pid_file.absolute() if arguments.engine_pid_file else None
        faults, journal = read_faults(arguments.faults, pid_file), Journal(arguments.journal)
        if arguments.directory:
            os.chdir(arguments.directory)  # the engine passes paths on as the program wrote them
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    options = Options(arguments.endpoint, arguments.account, faults, journal)
    return serve(lambda: AwsProvider(options), arguments.port)


if __name__ == "__main__":
    sys.exit(main())
