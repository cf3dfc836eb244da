"""A container's ports and networks: how they are asked for, and what the daemon says about them."""

from __future__ import annotations

import contextlib
from typing import Any

from docker.errors import APIError

from sandbox.docker.daemon import Daemon, told
from sandbox.docker.resources.handler import Values

_ADDRESSES = {"ipv4Address": "IPv4Address", "ipv6Address": "IPv6Address", "linkLocalIps": "LinkLocalIPs"}


def bindings_of(ports: list[Values]) -> tuple[Values, dict[str, list[dict[str, str]]]]:
    """(exposed ports, bindings) as the daemon takes them; without an external port it picks a free one."""
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        external = str(port.get("external") or "")
        where = {"HostIp": port.get("ip") or "0.0.0.0", "HostPort": external}
        bindings.setdefault(f"{port['internal']}/{port.get('protocol') or 'tcp'}", []).append(where)
    return {inside: {} for inside in bindings}, bindings


def join_networks(daemon: Daemon, id: str, inputs: Values, what: str) -> None:
    """Takes the container off the default bridge and puts it into the networks that the program names."""
    wanted: list[Values] = inputs.get("networksAdvanced") or []
    if not wanted:
        return
    with contextlib.suppress(APIError):  # a container with another network mode never was on the bridge
        daemon.api.disconnect_container_from_network(id, "bridge")
    for network in wanted:
        settings: dict[str, Any] = {"Aliases": network.get("aliases") or []}
        addresses = {key: network[name] for name, key in _ADDRESSES.items() if network.get(name)}
        if addresses:
            settings["IPAMConfig"] = addresses
        if network.get("macAddress"):
            settings["MacAddress"] = network["macAddress"]
        if network.get("driverOpts"):
            settings["DriverOpts"] = dict(entry.split("=", 1) for entry in network["driverOpts"])
        if network.get("gwPriority"):
            settings["GwPriority"] = network["gwPriority"]
        _connect(daemon, network["name"], {"Container": id, "EndpointConfig": settings}, what)


def _connect(daemon: Daemon, network: str, request: Values, what: str) -> None:
    # The client's own method does not take everything that the daemon does.
    api: Any = daemon.api
    with told(f"{what}: network {network}"):
        api._raise_for_status(api._post_json(api._url("/networks/{0}/connect", network), data=request))


def network_state(inspected: Values, wanted: Values) -> Values:
    """Ports, networks and addresses. Networks that the container has left are not among them."""
    settings = inspected["NetworkSettings"]
    networks: dict[str, Values] = settings.get("Networks") or {}
    joined = {*networks, *(network.get("NetworkID") for network in networks.values())}
    asked: list[Values] = wanted.get("networksAdvanced") or []
    running = inspected["State"]["Running"]
    bound = settings.get("Ports") if running else inspected["HostConfig"].get("PortBindings")
    return {
        "bridge": settings.get("Bridge") or "",
        "ports": _ports(bound or {}),
        "networksAdvanced": [network for network in asked if network["name"] in joined],
        "networkDatas": [_network(name, networks[name]) for name in sorted(networks)],
    }


def _ports(bound: dict[str, list[dict[str, str]] | None]) -> list[Values]:
    """Published ports, in the order of the ports inside."""
    found: list[Values] = []
    for inside, places in bound.items():
        number, _, protocol = inside.partition("/")
        for place in places or []:
            external = place.get("HostPort") or "0"
            entry = {"ip": place.get("HostIp") or "0.0.0.0", "external": int(external)}
            found.append({"internal": int(number), "protocol": protocol, **entry})
    return sorted(found, key=lambda port: (port["internal"], port["protocol"], port["external"]))


def _network(name: str, held: Values) -> Values:
    return {
        "networkName": name,
        "ipAddress": held.get("IPAddress") or "",
        "ipPrefixLength": held.get("IPPrefixLen") or 0,
        "gateway": held.get("Gateway") or "",
        "globalIpv6Address": held.get("GlobalIPv6Address") or "",
        "globalIpv6PrefixLength": held.get("GlobalIPv6PrefixLen") or 0,
        "ipv6Gateway": held.get("IPv6Gateway") or "",
        "macAddress": held.get("MacAddress") or "",
    }
