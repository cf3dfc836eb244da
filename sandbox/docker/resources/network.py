"""Networks."""

from __future__ import annotations

from typing import Any

from docker.errors import NotFound

from sandbox.docker.daemon import label_list, labels_of, told
from sandbox.docker.resources.handler import Place, Values, removed
from sandbox.provider.protocol import ProviderError

_RANGES = {"subnet": "Subnet", "ipRange": "IPRange", "gateway": "Gateway", "auxAddress": "AuxiliaryAddresses"}


class NetworkHandler:
    """A network's id is the daemon's. Nothing of it changes in place."""

    def create(self, place: Place, inputs: Values) -> tuple[str, Values]:
        """Makes the network."""
        name = inputs["name"]
        with told(f"network {name}"):
            made = place.daemon.api.create_network(
                name,
                driver=inputs.get("driver") or "bridge",
                options=inputs.get("options"),
                ipam=_ipam(inputs),
                check_duplicate=True,
                internal=inputs.get("internal") or False,
                labels=labels_of(inputs.get("labels")),
                enable_ipv6=inputs.get("ipv6") or False,
                attachable=inputs.get("attachable"),
                ingress=inputs.get("ingress"),
            )
            return made["Id"], _outputs(place.daemon.api.inspect_network(made["Id"]))

    def read(self, place: Place, id: str, state: Values) -> Values | None:
        """What the daemon says about it."""
        try:
            return _outputs(place.daemon.api.inspect_network(id))
        except NotFound:
            return None

    def update(self, place: Place, id: str, state: Values, news: Values) -> Values:
        """Never asked for: every change replaces."""
        raise ProviderError(f"network {state.get('name')}: nothing of a network can be changed in place")

    def delete(self, place: Place, id: str, state: Values) -> None:
        """Removes the network, once the last container has left it."""
        removed(lambda: place.daemon.api.remove_network(id), f"network {state.get('name')}", "has active endpoints")


def _ipam(inputs: Values) -> Any:
    ranges: list[dict[str, Any]] = inputs.get("ipamConfigs") or []
    pools = [{key: entry[name] for name, key in _RANGES.items() if entry.get(name)} for entry in ranges]
    ipam: dict[str, Any] = {"Driver": inputs.get("ipamDriver") or "default", "Config": pools}
    if inputs.get("ipamOptions"):
        ipam["Options"] = inputs["ipamOptions"]
    return ipam


def _outputs(found: Values) -> Values:
    ipam = found.get("IPAM") or {}
    return {
        "name": found["Name"],
        "driver": found["Driver"],
        "scope": found["Scope"],
        "internal": found["Internal"],
        "attachable": found["Attachable"],
        "ingress": found["Ingress"],
        "ipv6": found["EnableIPv6"],
        "options": found.get("Options") or {},
        "labels": label_list(found.get("Labels")),
        "ipamDriver": ipam.get("Driver") or "default",
        "ipamOptions": ipam.get("Options") or {},
        "ipamConfigs": [
            {name: pool[key] for name, key in _RANGES.items() if pool.get(key)} for pool in ipam.get("Config") or []
        ],
    }
