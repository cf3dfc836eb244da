"""Runs one `pulumi` command with what this machine lacks; every argument reaches the CLI as it was given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from sandbox import backend, cloud, engine, paths, providers, recovery
from sandbox.say import SandboxError, say

WITH_PROVIDERS = {"up", "update", "preview", "refresh", "destroy", "import", "watch"}
WITH_CONFIGURATION_FILE = WITH_PROVIDERS | {"config"}
# Flags that take their value as the next argument, as far as they may stand before the command's name.
VALUE_FLAGS = {
    "-C",
    "--cwd",
    "--color",
    "-s",
    "--stack",
    "-v",
    "--verbose",
    "--tracing",
    "--profiling",
    "--config-file",
}


def verb_of(arguments: Sequence[str]) -> str:
    """The command's name: the first argument that is neither a flag nor a flag's value."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument.startswith("-"):
            skip = argument in VALUE_FLAGS
        else:
            return argument
    return ""


def value_of(arguments: Sequence[str], *names: str) -> str | None:
    """The value of a flag given as `--name value` or `--name=value`."""
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in names:
            return value if equals else (arguments[index + 1] if index + 1 < len(arguments) else None)
    return None


def run(arguments: Sequence[str]) -> int:
    """Runs the CLI; returns its exit code. Raises SandboxError for what the person can mend."""
    verb = verb_of(arguments)
    here = _is_this_project(arguments)
    found = engine.provide()
    environment = _environment(found)
    stack = value_of(arguments, "-s", "--stack")
    own_backend = not (
        environment.get("PULUMI_BACKEND_URL") or (stack not in providers.LOCAL_STACKS and backend.logged_in())
    )
    if own_backend:
        environment |= backend.variables()
    if not here or verb not in WITH_PROVIDERS:
        return _call(found.cli, list(arguments), environment, None)
    if stack is None:
        raise SandboxError(
            f"pulumi {verb}: got no stack, expected --stack with one of {', '.join(backend.environments())}"
        )
    return _with_providers(found, verb, stack, list(arguments), environment, own_backend=own_backend)


def _with_providers(
    found: engine.Engine, verb: str, stack: str, arguments: list[str], environment: dict[str, str], *, own_backend: bool
) -> int:
    backend.settings_file(stack)  # an unknown stack is told before anything is started
    chosen = providers.choose(found.cli, stack, verb, environment)
    say(f"Pulumi {found.version} ({found.origin})" + (", stand-in language host" if found.host_directory else ""))
    journal, engine_pid = recovery.journal_of(stack), paths.ensured(paths.RUN) / f"{stack}.{os.getpid()}.engine"
    extra: list[str] = []
    if own_backend:
        configuration = backend.configured_stack(found.cli, stack, environment)
        if not value_of(arguments, "--config-file"):
            extra = ["--config-file", str(configuration)]
        recovery.release_dead_lock(found.cli, stack, environment)
    with ExitStack() as cleanup:
        cleanup.callback(engine_pid.unlink, missing_ok=True)
        running = cleanup.enter_context(providers.Running(chosen, engine_pid, journal))
        environment = environment | running.variables
        if own_backend and verb in {"up", "update", "destroy"}:
            _settle(found.cli, stack, environment, extra, engine_pid)
        code = _call(found.cli, [*arguments, *extra], environment, engine_pid)
    if code == 0 and verb in providers.CHANGING and own_backend:
        journal.unlink(missing_ok=True)  # the state knows everything now
        _generation_file(stack).write_text(_generation())
    return code


def _settle(cli: Path, stack: str, environment: Mapping[str, str], extra: list[str], engine_pid: Path) -> None:
    """Brings the state in line with the cloud after an update was cut off or the embedded cloud began anew."""
    found = recovery.settle(cli, stack, environment)
    known = _generation_file(stack)
    lost = backend.state_file(stack).exists() and known.exists() and _generation() not in {"", known.read_text()}
    if not found and not lost:
        return
    if lost:
        say(f"stack {stack}: the embedded cloud holds nothing of it any more; reading what is there")
    targets = [] if lost else [flag for urn in found for flag in ("--target", urn)]
    command = ["refresh", "--yes", "--skip-preview", "--stack", stack, "--non-interactive", *targets, *extra]
    if code := _call(cli, command, environment, engine_pid, stdout=sys.stderr.fileno()):
        raise SandboxError(f"stack {stack}: reading what is there ended with exit code {code}; the lines above say why")
    _generation_file(stack).write_text(_generation())


def _generation() -> str:
    running = cloud.running()
    return running.generation if running else ""


def _generation_file(stack: str) -> Path:
    return paths.ensured(paths.RUN) / f"{stack}.generation"


def _is_this_project(arguments: Sequence[str]) -> bool:
    """True when the command runs in this repository's own Pulumi project."""
    directory = Path(value_of(arguments, "-C", "--cwd") or os.getcwd()).resolve()
    return directory == paths.ROOT


def _environment(found: engine.Engine) -> dict[str, str]:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    if found.host_directory:
        environment["PATH"] = f"{found.host_directory}{os.pathsep}{environment.get('PATH', '')}"
        environment["SANDBOX_PYTHON_SHIM"] = str(found.shim)
    return environment


def _call(
    cli: Path, arguments: list[str], environment: Mapping[str, str], engine_pid: Path | None, stdout: int | None = None
) -> int:
    """The CLI as a child, so that stand-ins can be ended after it; signals reach it, and its exit code is ours."""
    process = subprocess.Popen([str(cli), *arguments], env=dict(environment), stdout=stdout)
    if engine_pid:
        engine_pid.write_text(str(process.pid))

    def forward(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)

    # Ctrl-C reaches the CLI by itself (same terminal); it stops in its own time, and so do we.
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, forward),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if code == -signal.SIGKILL:
        say("the engine was killed; run the same command again, it goes on from where it was")
    return 128 - code if code < 0 else code
