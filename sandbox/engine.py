"""Finds the Pulumi CLI, or makes it: PATH, the project's cache, a build of its Go modules, the official release."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox import paths, release
from sandbox.go_build import build, go_is_usable, module_directory
from sandbox.say import SandboxError, say

OLDEST, BELOW = (3, 230, 0), (4, 0, 0)  # CLI versions this project was run with, and the first that may break it
ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
SHIM = "pulumi-language-python-exec"
YAML_HOST = "pulumi-language-yaml"


@dataclass(frozen=True)
class Engine:
    """A usable CLI, its version and where it came from; `host_directory` is set when the stand-in host is needed."""

    cli: Path
    version: str
    origin: str
    host_directory: Path | None
    shim: Path | None


def pinned_version(module: str = ENGINE_MODULE, folder: str = "engine") -> str:
    """The version that tools/<folder>/go.mod requires, without the leading v."""
    text = (paths.ROOT / "tools" / folder / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require\s+)?{re.escape(module)} v(\S+)", text, re.MULTILINE)
    if not found:
        raise SandboxError(f"tools/{folder}/go.mod: got no line for {module}, expected `{module} vX.Y.Z`")
    return found[1]


def version_of(cli: Path) -> str | None:
    """What `pulumi version` says, without the leading v; None when it cannot be run."""
    try:
        said = subprocess.run(
            [str(cli), "version"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"},
        )
    except OSError:
        return None
    return said.stdout.strip().removeprefix("v") if said.returncode == 0 else None


def in_range(version: str) -> bool:
    """True for a version from OLDEST up to, not including, BELOW."""
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return bool(numbers) and OLDEST <= tuple(int(n) for n in numbers.groups()) < BELOW


def on_path() -> Path | None:
    """The first `pulumi` on PATH that is not this project's own."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidate = Path(folder or ".") / "pulumi"
        if os.access(candidate, os.X_OK) and candidate.resolve().parent != paths.BIN.resolve():
            return candidate
    return None


def provide(on_path: Callable[[], Path | None] = on_path) -> Engine:
    """The CLI to use, made if nothing usable is there.

    Raises SandboxError that says what to install when there is no CLI, no Go and no way to download a release.
    """
    wanted = pinned_version()
    if found := on_path():
        version = version_of(found)
        if version and in_range(version):
            return _with_host(found, version, "PATH")
        lowest, highest = (".".join(map(str, limit)) for limit in (OLDEST, BELOW))
        say(f"pulumi on PATH: got {version or 'no version'}, expected {lowest} to below {highest}; using {wanted}")
    cached = paths.BIN / "pulumi"
    if cached.exists() and version_of(cached) == wanted:
        return _with_host(cached, wanted, "cache")
    reasons: list[str] = []
    if go_is_usable(reasons):
        folder = paths.ROOT / "tools" / "engine"
        build(folder, f"{ENGINE_MODULE}/cmd/pulumi", cached, f"the Pulumi CLI {wanted}", wanted)
        return _with_host(cached, wanted, "built from its Go modules")
    try:
        release.download(wanted, paths.BIN)
    except release.DownloadError as error:
        reasons.append(str(error))
        raise SandboxError(
            f"no Pulumi CLI: {'; '.join(reasons)}. Install Go 1.25 or newer (https://go.dev/dl), "
            f"or the Pulumi CLI {wanted} (https://www.pulumi.com/docs/install), and run the command again"
        ) from error
    return _with_host(cached, wanted, "official release")


def _official_host(cli: Path) -> bool:
    """True when the official language host is beside the CLI or on PATH."""
    folders = [cli.resolve().parent, *map(Path, os.environ.get("PATH", "").split(os.pathsep))]
    hosts = (folder / "pulumi-language-python" for folder in folders)
    return any(os.access(host, os.X_OK) and not _is_stand_in(host) for host in hosts)


def _is_stand_in(host: Path) -> bool:
    return b"sandbox.language_host" in host.read_bytes()[:4096]


def _with_host(cli: Path, version: str, origin: str) -> Engine:
    """Adds the stand-in language host unless the official one is there."""
    if _official_host(cli):
        return Engine(cli, version, origin, None, None)
    # Beside our own CLI the engine takes the host as its own; beside somebody else's we put nothing.
    folder = paths.BIN if cli.resolve().parent == paths.BIN.resolve() else paths.HOST
    wrapper = paths.ensured(folder) / "pulumi-language-python"
    text = f'#!/bin/sh\nPYTHONPATH="{paths.ROOT}" exec "{sys.executable}" -m sandbox.language_host "$@"\n'
    if not wrapper.exists() or wrapper.read_text() != text:
        fresh = wrapper.with_suffix(f".{os.getpid()}")  # renamed into place: another command may be running it
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.replace(wrapper)
    return Engine(cli, version, origin, folder, _shim(cli))


def _shim(cli: Path) -> Path:
    """The official script that runs a Python program for a language host."""
    shim = next((p for p in (paths.BIN / SHIM, cli.resolve().parent / SHIM) if p.exists()), None)
    if shim is not None:
        return shim
    reasons: list[str] = []
    if not go_is_usable(reasons):
        raise SandboxError(
            f"no Python language host beside {cli}: {reasons[0]}; install the whole Pulumi release, not only the CLI"
        )
    shim = paths.ensured(paths.BIN) / SHIM
    shutil.copy(module_directory(paths.ROOT / "tools" / "engine", SDK_MODULE) / "python" / "cmd" / SHIM, shim)
    return shim


def provide_yaml_host() -> Path:
    """The directory that holds the language host for YAML programs; built once from its pinned Go modules."""
    target = paths.BIN / YAML_HOST
    if not target.exists():
        reasons: list[str] = []
        if not go_is_usable(reasons):
            raise SandboxError(
                f"no language host for YAML programs: {reasons[0]}; install the Pulumi release, which has it"
            )
        version = pinned_version("github.com/pulumi/pulumi-yaml", "yaml")
        build(
            paths.ROOT / "tools" / "yaml",
            f"github.com/pulumi/pulumi-yaml/cmd/{YAML_HOST}",
            target,
            f"the YAML language host {version}",
            version,
        )
    return target.parent
