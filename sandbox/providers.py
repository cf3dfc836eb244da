"""Decides which providers are the official ones and which are stand-ins, and runs the stand-ins for one command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from sandbox import cloud, paths
from sandbox.say import SandboxError, say

LOCAL_STACKS = {"local"}  # deployed on this machine; every other stack means a real account
REHEARSE = "SANDBOX_REHEARSE"
CHANGING = {"up", "update", "refresh", "destroy", "import"}
START_SECONDS = 60


@dataclass(frozen=True)
class StandIn:
    """A stand-in to run: package name and the arguments of its process."""

    package: str
    arguments: tuple[str, ...]


def account_is_there() -> bool:
    """True when AWS credentials are configured on this machine (environment, files, container); asks no network."""
    import botocore.session

    before = os.environ.get("AWS_EC2_METADATA_DISABLED")
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    try:
        return botocore.session.get_session().get_credentials() is not None
    except Exception:  # a broken profile counts as none; the official provider explains it better than we could
        return False
    finally:
        if before is None:
            del os.environ["AWS_EC2_METADATA_DISABLED"]
        else:
            os.environ["AWS_EC2_METADATA_DISABLED"] = before


def plugin_is_installed(package: str, environment: Mapping[str, str]) -> bool:
    """True when the official provider plugin is on PATH or in Pulumi's plugin folder."""
    name = f"pulumi-resource-{package}"
    if any(os.access(Path(folder) / name, os.X_OK) for folder in environment.get("PATH", "").split(os.pathsep)):
        return True
    home = Path(environment.get("PULUMI_HOME", Path.home() / ".pulumi"))
    return any((home / "plugins").glob(f"resource-{package}-v*/{name}"))


def install_plugin(cli: Path, package: str, version: str, environment: Mapping[str, str]) -> bool:
    """Lets the CLI install the official plugin; False when it cannot (no network, say)."""
    say(f"installing the official {package} provider {version}")
    command = [str(cli), "plugin", "install", "resource", package, version]
    return subprocess.run(command, env=dict(environment), stdout=sys.stderr, check=False).returncode == 0


def choose(cli: Path, stack: str, verb: str, environment: Mapping[str, str]) -> list[StandIn]:
    """The stand-ins that this command needs; says aloud which, and why.

    Raises SandboxError when the command would change a real deployment and only a stand-in is there to do it.
    """
    if stack in LOCAL_STACKS or environment.get(REHEARSE) == "1":
        running = cloud.start()
        if stack not in LOCAL_STACKS:
            say(f"{REHEARSE}=1: stack {stack} is rehearsed in the embedded cloud; nothing reaches a real account")
        say("provider aws: stand-in, talking to the embedded cloud")
        return [StandIn("aws", ("--endpoint", running.endpoint, "--account", cloud.ACCOUNT))]
    if account_is_there():
        from importlib.metadata import version

        if plugin_is_installed("aws", environment) or install_plugin(cli, "aws", version("pulumi-aws"), environment):
            return []
        reason = "the official plugin is neither installed nor can it be fetched"
    else:
        reason = "no AWS credentials on this machine"
    if verb in CHANGING:
        raise SandboxError(
            f"stack {stack}: `{verb}` needs an AWS account and the official provider ({reason}); "
            f"`make preview STACK={stack}` works without, and {REHEARSE}=1 rehearses it in the embedded cloud"
        )
    say(f"provider aws: stand-in ({reason}); it checks and plans, nothing is deployed")
    return [StandIn("aws", ("--account", cloud.ACCOUNT))]


class Running(AbstractContextManager["Running"]):
    """The stand-ins as processes for as long as a command runs; `variables` attaches the engine to them."""

    def __init__(self, stand_ins: Sequence[StandIn], engine_pid: Path, journal: Path) -> None:
        self._common = ("--engine-pid-file", str(engine_pid), "--journal", str(journal))
        self._stand_ins = stand_ins
        self._processes: list[subprocess.Popen[str]] = []
        self.variables: dict[str, str] = {}

    def __enter__(self) -> Running:
        # All are started before the first is waited for: their imports take the longest part of a short command.
        for stand_in in self._stand_ins:
            command = [sys.executable, "-u", "-m", f"sandbox.{stand_in.package}", *stand_in.arguments, *self._common]
            environment = {**os.environ, "PYTHONPATH": str(paths.ROOT)}
            self._processes.append(
                subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        try:
            ports = [
                f"{stand_in.package}:{_port(stand_in.package, process)}"
                for stand_in, process in zip(self._stand_ins, self._processes, strict=True)
            ]
        except SandboxError:
            self.__exit__(None, None, None)
            raise
        if ports:
            self.variables = {
                "PULUMI_DEBUG_PROVIDERS": ",".join(ports),
                # Else the engine tries for seconds to fetch the very plugins that these stand in for.
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if process.stdin:
                process.stdin.close()  # a stand-in ends when its stdin ends, so it never outlives its command
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _port(package: str, process: subprocess.Popen[str]) -> int:
    """The port that a stand-in prints as its first line."""
    line: list[str] = []
    reader = threading.Thread(
        target=lambda: line.append(process.stdout.readline() if process.stdout else ""), daemon=True
    )
    reader.start()
    reader.join(START_SECONDS)
    if not line or not line[0].strip().isdigit():
        process.kill()
        said = "".join(line).strip() or "no port"
        raise SandboxError(f"the {package} stand-in did not start: got {said}, expected a port; see the lines above")
    return int(line[0])
