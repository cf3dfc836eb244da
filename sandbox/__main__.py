"""`python -m sandbox pulumi ...` runs Pulumi with what this machine lacks; `engine` and `cloud` look after parts."""

from __future__ import annotations

import sys

from sandbox.say import SandboxError, say, stop

USAGE = """usage: python -m sandbox COMMAND

  pulumi ARGUMENTS...   run the Pulumi CLI; what is missing here (CLI, language host, providers, account) is supplied
  engine                find or make the Pulumi CLI and print its path
  cloud start           start the embedded cloud and print its endpoint
  cloud status          say whether it runs
  cloud stop            stop it; what it holds is kept for the next start
  cloud forget          stop it and drop what it holds
"""


def main(arguments: list[str]) -> int:
    """Runs one command; returns its exit code."""
    match arguments:
        case ["pulumi", *rest]:
            from sandbox import command

            return command.run(rest)
        case ["engine"]:
            from sandbox import engine

            print(engine.provide().cli)
        case ["cloud", ("start" | "status" | "stop" | "forget") as what]:
            return _cloud(what)
        case _:
            print(USAGE, file=sys.stderr if arguments[:1] not in (["-h"], ["--help"], ["help"]) else sys.stdout, end="")
            return 0 if arguments[:1] in (["-h"], ["--help"], ["help"]) else 2
    return 0


def _cloud(what: str) -> int:
    from sandbox import cloud

    if what == "start":
        print(cloud.start().endpoint)
    elif what == "status":
        running = cloud.running()
        print(running.endpoint if running else "not running")
        return 0 if running else 3
    elif cloud.stop(forget=what == "forget"):
        say("the embedded cloud has ended" + ("" if what == "forget" else "; what it holds is kept"))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SandboxError as error:
        stop(error)
    except KeyboardInterrupt:
        sys.exit(130)
