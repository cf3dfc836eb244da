"""Translations of a container's values: from Pulumi's spelling to the daemon's, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.docker.daemon import label_list, labels_of
from sandbox.docker.resources.durations import duration_text, nanoseconds

MIB = 1024 * 1024
NANOS = 1_000_000_000


def to_bytes(mebibytes: int) -> int:
    """MiB as bytes; -1 (no limit) stays."""
    return mebibytes * MIB if mebibytes > 0 else mebibytes


def to_mebibytes(size: int | None) -> int:
    """Bytes as MiB; -1 (no limit) stays."""
    return size // MIB if size and size > 0 else size or 0


def to_cpus(nanos: int | None) -> str:
    """Billionths of a CPU as a text such as `1.5`; "" for no limit."""
    return f"{(nanos or 0) / NANOS:g}" if nanos else ""


def entries(names: dict[str, str]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Translations for a list of objects whose keys only have other names."""

    def there(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: entry[name] for name, key in names.items() if entry.get(name) is not None} for entry in entries]

    def back(entries: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
        return [{name: entry.get(key) for name, key in names.items()} for entry in entries or []]

    return there, back


def device(entry: dict[str, Any]) -> dict[str, Any]:
    """A device with what the program may leave out."""
    return {
        "PathOnHost": entry["hostPath"],
        "PathInContainer": entry.get("containerPath") or entry["hostPath"],
        "CgroupPermissions": entry.get("permissions") or "rwm",
    }


def health_there(check: dict[str, Any]) -> dict[str, Any]:
    """A health check as the daemon takes it, durations in nanoseconds."""
    periods = {"interval": "Interval", "timeout": "Timeout", "startPeriod": "StartPeriod"}
    fields: dict[str, Any] = {key: nanoseconds(check.get(name) or "0s") for name, key in periods.items()}
    if nanoseconds(check.get("startInterval") or "0s"):  # daemons before API 1.44 do not know it
        fields["StartInterval"] = nanoseconds(check["startInterval"])
    return {"Test": check.get("tests") or [], "Retries": check.get("retries") or 0, **fields}


def health_back(held: dict[str, Any] | None) -> dict[str, Any] | None:
    """A health check as the program writes it; None when the container has none."""
    if not held:
        return None
    return {
        "tests": held.get("Test") or [],
        "interval": duration_text(held.get("Interval") or 0),
        "timeout": duration_text(held.get("Timeout") or 0),
        "startPeriod": duration_text(held.get("StartPeriod") or 0),
        "startInterval": duration_text(held.get("StartInterval") or 0),
        "retries": held.get("Retries") or 0,
    }


def mount_there(mount: dict[str, Any]) -> dict[str, Any]:
    """A mount as the daemon takes it."""
    sent: dict[str, Any] = {"Type": mount["type"], "Target": mount["target"], "ReadOnly": bool(mount.get("readOnly"))}
    if mount.get("source"):
        sent["Source"] = mount["source"]
    if options := mount.get("bindOptions"):
        sent["BindOptions"] = {"Propagation": options.get("propagation") or ""}
    if options := mount.get("volumeOptions"):
        driver = {"Name": options.get("driverName") or "", "Options": options.get("driverOptions") or {}}
        sent["VolumeOptions"] = {
            "NoCopy": bool(options.get("noCopy")),
            "Labels": labels_of(options.get("labels")),
            **({"DriverConfig": driver} if driver["Name"] else {}),
            **({"Subpath": options["subpath"]} if options.get("subpath") else {}),
        }
    if options := mount.get("tmpfsOptions"):
        sent["TmpfsOptions"] = {"SizeBytes": options.get("sizeBytes") or 0, "Mode": options.get("mode") or 0}
    return sent


def mount_back(held: dict[str, Any]) -> dict[str, Any]:
    """A mount as the program writes it."""
    mount: dict[str, Any] = {
        "type": held["Type"],
        "target": held["Target"],
        "source": held.get("Source") or "",
        "readOnly": bool(held.get("ReadOnly")),
    }
    if options := held.get("BindOptions"):
        mount["bindOptions"] = {"propagation": options.get("Propagation") or ""}
    if options := held.get("VolumeOptions"):
        driver = options.get("DriverConfig") or {}
        mount["volumeOptions"] = {
            "noCopy": bool(options.get("NoCopy")),
            "labels": label_list(options.get("Labels")),
            "driverName": driver.get("Name") or "",
            "driverOptions": driver.get("Options") or {},
            "subpath": options.get("Subpath") or "",
        }
    if options := held.get("TmpfsOptions"):
        mount["tmpfsOptions"] = {"sizeBytes": options.get("SizeBytes") or 0, "mode": options.get("Mode") or 0}
    return mount


def hosts_back(held: list[str] | None) -> list[dict[str, str]]:
    """`name:address` entries as objects."""
    return [dict(zip(("host", "ip"), entry.split(":", 1), strict=True)) for entry in held or []]


RATES = entries({"path": "Path", "rate": "Rate"})
ULIMITS = entries({"name": "Name", "soft": "Soft", "hard": "Hard"})
DEVICES = entries({"hostPath": "PathOnHost", "containerPath": "PathInContainer", "permissions": "CgroupPermissions"})
REQUESTS = entries(
    {"driver": "Driver", "count": "Count", "deviceIds": "DeviceIDs", "capabilities": "Capabilities"}
    | {"options": "Options"}
)
