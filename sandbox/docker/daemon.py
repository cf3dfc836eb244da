"""The connection to the Docker daemon, and what goes wrong with it, in one line."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from docker import APIClient
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from sandbox.provider.protocol import Failure, ProviderError
from sandbox.provider.values import UNKNOWN, plain

DEFAULT_HOST = "unix:///var/run/docker.sock"
CALL_SECONDS = 600  # how long one call to the daemon may stay silent; steps of a build often do
_TAKEN = frozenset({"host", "registryAuth", "disableDockerDaemonCheck"})
_NOT_TAKEN = frozenset({"caMaterial", "certMaterial", "certPath", "context", "keyMaterial", "sshOpts"})
_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL", "pluginChecksums"})


def wrong_configuration(inputs: Mapping[str, Any]) -> list[Failure]:
    """Keys that nobody knows, and those of the official provider that the stand-in does without."""
    failures: list[Failure] = []
    for name in inputs:
        if name in _NOT_TAKEN:
            reason = "the stand-in has no use for it, expected docker:host; install the official provider"
            failures.append(Failure(name, f"docker:{name}: {reason}"))
        elif name not in _TAKEN | _ENGINE_KEYS and not name.startswith("__"):
            near = get_close_matches(name, _TAKEN, n=1)
            hint = f"did you mean docker:{near[0]}?" if near else f"expected one of {', '.join(sorted(_TAKEN))}"
            failures.append(Failure(name, f"docker:{name}: no such configuration; {hint}"))
    return failures


class Daemon:
    """One daemon. Nothing is connected before the first call, so plans need none."""

    def __init__(self, configuration: Mapping[str, Any] | None = None) -> None:
        given = plain(dict(configuration or {}))
        host = given.get("host")
        chosen = host if isinstance(host, str) and host else os.environ.get("DOCKER_HOST")
        self.host = chosen or DEFAULT_HOST
        self._known = host is not UNKNOWN
        self._logins = _logins(given.get("registryAuth"))

    @cached_property
    def api(self) -> APIClient:
        """The low-level client. ProviderError when nobody answers."""
        if not self._known:
            raise ProviderError("docker:host: not known yet, expected an address; only an update can use this provider")
        try:
            return APIClient(base_url=self.host, version="auto", timeout=CALL_SECONDS)
        except DockerException as problem:
            raise ProviderError(
                f"no Docker daemon at {self.host}: {_text(problem)}; start one, or point docker:host or DOCKER_HOST "
                "at one that runs"
            ) from problem

    def login(self, image: str) -> dict[str, str] | None:
        """User name and password for the registry of an image, when the configuration has them."""
        registry = image.partition("/")[0] if "." in image.partition("/")[0] else "registry-1.docker.io"
        return self._logins.get(registry)


def _logins(given: Any) -> dict[str, dict[str, str]]:
    if isinstance(given, str) and given[:1] == "[":
        given = json.loads(given)  # the engine hands lists of the configuration over as their JSON text
    entries: list[dict[str, Any]] = given if isinstance(given, list) else []
    return {
        str(entry["address"]).removeprefix("https://").partition("/")[0]: {
            "username": str(entry["username"]),
            "password": str(entry["password"]),
        }
        for entry in entries
        if {"address", "username", "password"} <= entry.keys()
    }


@contextmanager
def told(what: str) -> Generator[None]:
    """Turns what the daemon refuses into a ProviderError that begins with `what`."""
    try:
        yield
    except (DockerException, RequestException) as problem:
        raise ProviderError(f"{what}: {_text(problem)}") from problem


def _text(problem: Exception) -> str:
    explanation = problem.explanation if isinstance(problem, APIError) else None
    return " ".join(str(explanation or problem).split())


def last_lines(lines: Iterable[str], most: int = 5) -> str:
    """The end of a log on one line, for a message."""
    kept = [line.strip() for line in lines if line.strip()]
    return " | ".join(kept[-most:]) or "it said nothing"


def labels_of(listed: Any) -> dict[str, str]:
    """`[{label, value}]` as the mapping the daemon takes."""
    return {entry["label"]: entry["value"] for entry in listed or []}


def label_list(mapping: Any) -> list[dict[str, str]]:
    """The inverse of `labels_of`, in the order of the labels."""
    return [{"label": key, "value": (mapping or {})[key]} for key in sorted(mapping or {})]
