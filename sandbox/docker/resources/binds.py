"""A container's `volumes`: named volumes, host directories, anonymous volumes, and other containers' volumes."""

from __future__ import annotations

from typing import Any

from sandbox.provider.protocol import ProviderError


def binds_of(volumes: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str], list[str]]:
    """(mount points, binds, containers to take volumes from). ProviderError for a wrong entry."""
    places: dict[str, Any] = {}
    binds: list[str] = []
    others: list[str] = []
    for entry in volumes:
        inside, other = entry.get("containerPath"), entry.get("fromContainer")
        if bool(inside) == bool(other):
            got = "both" if inside else "neither"
            raise ProviderError(f"Container: volumes: got {got}, expected either containerPath or fromContainer")
        if other:
            others.append(f"{other}:ro" if entry.get("readOnly") else str(other))
            continue
        places[str(inside)] = {}
        source = entry.get("volumeName") or entry.get("hostPath")
        if source:
            modes = ["ro" if entry.get("readOnly") else "rw", entry.get("selinuxRelabel") or ""]
            binds.append(f"{source}:{inside}:{','.join(mode for mode in modes if mode)}")
    return places, binds, others
