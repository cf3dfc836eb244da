"""Builds images with the daemon's legacy builder, and tells by a digest whether a build context has changed."""

from __future__ import annotations

import hashlib
import os
import platform as machine
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.utils import build as archives
from docker.utils.build import PatternMatcher

from sandbox.docker.daemon import Daemon, last_lines, told
from sandbox.provider.protocol import ProviderError

DOCKERFILE = "Dockerfile"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64", "armv7l": "arm/v7"}


@dataclass(frozen=True)
class Build:
    """One build. Relative `context` and `dockerfile` start from the program's directory."""

    tags: tuple[str, ...]
    context: str
    dockerfile: str
    args: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    platform: str | None = None
    target: str | None = None
    network: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    cache_from: tuple[str, ...] = ()
    no_cache: bool = False
    pull: bool = False


def host_platform() -> str:
    """The platform of this machine, such as `linux/amd64`."""
    return f"linux/{_ARCHITECTURES.get(machine.machine(), machine.machine())}"


def context_digest(directory: Path, context: str, dockerfile: str) -> str:
    """A digest over names, modes and contents of everything in the context that is not ignored.

    ProviderError names the directory or Dockerfile that is not there.
    """
    root, recipe = _located(directory, context, dockerfile)
    digest = hashlib.sha256()
    for name, path in [(DOCKERFILE, recipe), *((name, root / name) for name in _files(root, recipe))]:
        entry = path.lstat()
        content = os.readlink(path).encode() if stat.S_ISLNK(entry.st_mode) else path.read_bytes()
        mode = "" if name == DOCKERFILE else oct(entry.st_mode)
        digest.update(f"{name}\0{mode}\0".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def build(daemon: Daemon, directory: Path, wanted: Build, what: str) -> str:
    """Builds and tags an image; returns its id. ProviderError has the end of the builder's output."""
    root, recipe = _located(directory, wanted.context, wanted.dockerfile)
    inside = recipe.is_relative_to(root)
    name = recipe.relative_to(root).as_posix() if inside else f".dockerfile.{hashlib.sha256(bytes(recipe)).hexdigest()}"
    extra = (name, None if inside else recipe.read_text())
    archive: Any = archives.tar(root, exclude=_ignored(root, recipe), dockerfile=extra, gzip=False)
    with archive:
        lines: list[str] = []
        with told(what):
            for event in daemon.api.build(
                fileobj=archive, custom_context=True, dockerfile=name, tag=wanted.tags[0], rm=True, forcerm=True,
                buildargs=dict(wanted.args), labels=dict(wanted.labels), platform=wanted.platform,
                target=wanted.target, network_mode=wanted.network, extra_hosts=dict(wanted.hosts) or None,
                cache_from=list(wanted.cache_from), nocache=wanted.no_cache, pull=wanted.pull, decode=True,
            ):  # fmt: skip
                _note(event, lines, what)
    with told(what):
        built: dict[str, Any] = daemon.api.inspect_image(wanted.tags[0])
        for tag in wanted.tags[1:]:
            daemon.api.tag(built["Id"], tag)
    return built["Id"]


def _note(event: dict[str, Any], lines: list[str], what: str) -> None:
    if "error" in event:
        raise ProviderError(
            f"{what}: the build failed: {event['error']}; before that: {last_lines(lines)} "
            "(the stand-in builds with the legacy builder, which knows no BuildKit syntax)"
        )
    lines.extend(str(event.get("stream", "")).splitlines())


def _located(directory: Path, context: str, dockerfile: str) -> tuple[Path, Path]:
    root, recipe = (directory / context).resolve(), (directory / dockerfile).resolve()
    if not root.is_dir():
        raise ProviderError(f"build.context: got {context}, expected a directory, from {directory}")
    if not recipe.is_file():
        in_context = f"; did you mean {context}/{dockerfile}?" if (root / dockerfile).is_file() else ""
        raise ProviderError(f"build.dockerfile: got {dockerfile}, expected a file, from {directory}{in_context}")
    return root, recipe


def _ignored(root: Path, recipe: Path) -> list[str]:
    """The patterns of the ignore file that belongs to the Dockerfile."""
    file = root / (".dockerignore" if recipe.name == DOCKERFILE else f"{recipe.name}.dockerignore")
    if not file.is_file():
        return []
    stripped = (line.strip() for line in file.read_text().splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def _files(root: Path, recipe: Path) -> Iterator[str]:
    """Everything but directories that the builder gets to see, in a fixed order."""
    for name in sorted(PatternMatcher(_ignored(root, recipe)).walk(str(root))):
        if not (root / name).is_dir() or (root / name).is_symlink():
            yield str(name)
