"""Pulumi language host for Python, for machines where the official `pulumi-language-python` is not installed.

The engine starts it (by the name `pulumi-language-python`) with its own address as the first argument, reads the port
from the first line of output and stops it with SIGINT. Programs run through the official script
`pulumi-language-python-exec` in the virtualenv that the project's YAML names, so failures reach the user as they do
with the official host.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from sandbox import virtualenv
from sandbox.children import Children, chunks

# The shim's exit code for "the user has already been shown what to do" (pulumi-language-python-exec).
ALREADY_EXPLAINED = 32
MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # the engine's own limit for its gRPC messages
PARENT_SECONDS = 0.5  # how often to look whether the engine is still there
VERSION = importlib.metadata.version("pulumi")


def options_of(info: Any) -> dict[str, Any]:
    """The `runtime.options` of a project, policy pack or plugin as plain values."""
    return json_format.MessageToDict(info.options) if info and info.HasField("options") else {}


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs, policy packs and plugins for one engine process."""

    def __init__(self, engine_address: str, shim: Path) -> None:
        self._engine = engine_address
        self._shim = shim
        self._children = Children()

    # -- what the engine asks first ------------------------------------------------------------------------------

    def Handshake(self, request: Any, context: Any) -> Any:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        # Each default provider's version arrives with the resources that need it, so nothing has to be known before.
        return language_pb2.GetRequiredPackagesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, request: Any, context: Any) -> Any:
        return language_pb2.TemplateResponse()

    def About(self, request: Any, context: Any) -> Any:
        python = virtualenv.python_of(request.info.root_directory or ".", options_of(request.info))
        return language_pb2.AboutResponse(executable=str(python), version=platform.python_version())

    # -- programs ------------------------------------------------------------------------------------------------

    def Run(self, request: Any, context: Any) -> Any:
        info = request.info
        try:
            python = virtualenv.python_of(info.root_directory or request.pwd, options_of(info))
        except virtualenv.MissingVirtualenvError as error:
            return language_pb2.RunResponse(error=str(error))
        program = os.path.join(info.program_directory or request.pwd, info.entry_point or request.program or ".")
        command = [str(python), "-u", str(self._shim)]
        flags = {
            "project": request.project,
            "stack": request.stack,
            "parallel": str(request.parallel),
            "dry_run": "true" if request.dryRun else "false",
            "pwd": request.pwd,
            "monitor": request.monitor_address,
            "engine": request.args[0] if request.args else self._engine,
            "organization": request.organization,
            "root_directory": info.root_directory,
        }
        for name, value in flags.items():
            if value:
                command += [f"--{name}", value]
        environment = {
            **virtualenv.activated(python, os.environ),
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        # The engine reads this process's stdout and stderr and shows them: the program simply inherits both.
        started = self._children.start(
            [*command, program, *list(request.args)[1:]], environment, info.program_directory or request.pwd
        )
        code = self._children.wait(started)
        if code == 0:
            return language_pb2.RunResponse()
        if code == ALREADY_EXPLAINED:
            return language_pb2.RunResponse(bail=True)
        if code < 0:
            return language_pb2.RunResponse(error=f"Program exited with signal {signal.Signals(-code).name}")
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")

    # -- policy packs and component plugins ----------------------------------------------------------------------

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        info = request.info
        directory = info.program_directory or request.pwd
        python = virtualenv.python_of(info.root_directory or directory, options_of(info))
        arguments = list(request.args)
        if request.kind == "analyzer":
            # Policy packs are started by the SDK's own runner with the engine's address and the pack's directory.
            command = [str(python), "-u", "-m", "pulumi.policy", *arguments[:1], directory, *arguments[2:]]
        else:
            command = [str(python), "-u", info.program_directory or directory, *arguments]
        environment = virtualenv.activated(
            python, dict(entry.split("=", 1) for entry in request.env if "=" in entry) or os.environ
        )
        child = self._children.start(command, environment, request.pwd or directory, piped=True)
        context.add_callback(child.terminate)
        for name, chunk in chunks(child):
            yield (
                language_pb2.RunPluginResponse(stdout=chunk)
                if name == "stdout"
                else language_pb2.RunPluginResponse(stderr=chunk)
            )
        yield language_pb2.RunPluginResponse(exitcode=max(self._children.wait(child), 0))

    # -- dependencies --------------------------------------------------------------------------------------------

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:
        for command in virtualenv.install_commands(request.directory, options_of(request.info)):
            child = self._children.start(command, os.environ, request.directory, piped=True)
            for name, chunk in chunks(child):
                yield (
                    language_pb2.InstallDependenciesResponse(stdout=chunk)
                    if name == "stdout"
                    else language_pb2.InstallDependenciesResponse(stderr=chunk)
                )
            if code := self._children.wait(child):
                context.abort(grpc.StatusCode.INTERNAL, f"{' '.join(command)} ended with exit code {code}")

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        python = virtualenv.python_of(request.info.root_directory or request.pwd, options_of(request.info))
        listed = subprocess.run(
            [str(python), "-m", "pip", "list", "--format", "json"],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        found: list[dict[str, str]] = json.loads(listed.stdout or "[]") if listed.returncode == 0 else []
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=d["name"], version=d["version"]) for d in found]
        )

    def Link(self, request: Any, context: Any) -> Any:
        python = virtualenv.python_of(request.info.root_directory, options_of(request.info))
        names: list[str] = []
        for linked in request.packages:
            installed = subprocess.run(
                [str(python), "-m", "pip", "install", linked.path], capture_output=True, check=False, text=True
            )
            if installed.returncode:
                context.abort(
                    grpc.StatusCode.INTERNAL, f"pip could not install {linked.path}: {installed.stderr.strip()[-400:]}"
                )
            names.append(Path(linked.path).name)
        return language_pb2.LinkResponse(import_instructions=f"Installed {', '.join(names)} into {python}.")

    def Cancel(self, request: Any, context: Any) -> Any:
        self.stop()
        return empty_pb2.Empty()

    def stop(self) -> None:
        """End what is still running; the engine is going away, or gone."""
        self._children.stop()


def main() -> None:
    """Serve until the engine sends SIGINT or its pipe closes."""
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    shim = os.environ.get("SANDBOX_PYTHON_SHIM", "")
    if not Path(shim).is_file():
        sys.exit(
            f"SANDBOX_PYTHON_SHIM: got {shim!r}, expected the path of pulumi-language-python-exec; "
            "run through `python -m sandbox pulumi`"
        )
    host = LanguageHost(arguments[0] if arguments else "", Path(shim))
    server = grpc.server(
        ThreadPoolExecutor(max_workers=16),
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ],
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    server.start()
    print(port, flush=True)
    engine = os.getppid()
    # A killed engine stops nobody: programs that wait for it would stay for ever.
    while not done.wait(PARENT_SECONDS) and os.getppid() == engine:
        pass
    host.stop()
    server.stop(grace=0.5)


if __name__ == "__main__":
    main()
