"""Data sources: networks and images that are already there."""

from __future__ import annotations

from typing import Any

from sandbox.docker.resources.handler import Place
from sandbox.docker.resources.images import inspected
from sandbox.docker.resources.network import NetworkHandler
from sandbox.provider.protocol import ProviderError

Values = dict[str, Any]


def look_up(place: Place, token: str, args: Values) -> Values:
    """The answer to `getNetwork` or `getRemoteImage`. ProviderError when there is nothing of that name."""
    name = args.get("name")
    if token == "docker:index/getNetwork:getNetwork":
        found = NetworkHandler().read(place, str(name), {})
        if found is None:
            raise ProviderError(f"getNetwork: name: got {name}, expected a network that is there")
        identity = place.daemon.api.inspect_network(str(name))["Id"]
        kept = ("name", "driver", "internal", "ipamConfigs", "options", "scope")
        return {"id": identity, **{key: found[key] for key in kept}}
    if token == "docker:index/getRemoteImage:getRemoteImage":
        image = inspected(place.daemon, str(name))
        if image is None:
            raise ProviderError(f"getRemoteImage: name: got {name}, expected an image that is on this machine")
        return {"id": image["Id"], "name": name, "repoDigest": next(iter(image.get("RepoDigests") or []), "")}
    raise ProviderError(f"{token}: the stand-in looks up networks and images only; install the official provider")
