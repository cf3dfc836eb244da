"""Finds images on this machine, or pulls them."""

from __future__ import annotations

from docker.errors import NotFound

from sandbox.docker.daemon import Daemon, told
from sandbox.docker.resources.handler import Values
from sandbox.provider.protocol import ProviderError


def inspected(daemon: Daemon, name: str) -> Values | None:
    """The daemon's description of an image by name or id; None when it has none."""
    with told(f"image {name}"):
        try:
            return daemon.api.inspect_image(name)
        except NotFound:
            return None


def found_or_pulled(daemon: Daemon, name: str, what: str, platform: str | None = None) -> Values:
    """The image, pulled when it is not here. ProviderError when it cannot be had either way."""
    if (found := inspected(daemon, name)) is not None:
        return found
    if name.startswith("sha256:"):
        raise ProviderError(f"{what}: got {name}, expected an image that is here; build or pull it again")
    repository, tag = _split(name)
    with told(f"{what}: got {name}, which is not here and cannot be pulled"):
        daemon.api.pull(repository, tag=tag, auth_config=daemon.login(name), platform=platform)
    pulled = inspected(daemon, name)
    if pulled is None:
        raise ProviderError(f"{what}: got {name}, expected an image that is here or can be pulled")
    return pulled


def _split(name: str) -> tuple[str, str]:
    """`host:5000/a/b:tag` as (`host:5000/a/b`, `tag`); a digest counts as the tag."""
    if "@" in name:
        repository, _, digest = name.partition("@")
        return repository, digest
    path, colon, tag = name.rpartition(":")
    return (path, tag) if colon and "/" not in tag else (name, "latest")
