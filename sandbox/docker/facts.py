"""What the Docker SDK does not say about properties: defaults, sets, values the daemon fills in, replacement, bounds.

Keys are property paths by Pulumi names, without list indexes. Read from the source of the Terraform provider that the
official provider is a bridge to. Every property of a container that is not marked `in_place` replaces it.
"""

from __future__ import annotations

from typing import Any

Facts = dict[str, dict[str, Any]]

_SET: dict[str, Any] = {"set": True}
_COMPUTED: dict[str, Any] = {"computed": True}
_IN_PLACE: dict[str, Any] = {"in_place": True}
_DURATION = r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+|0"


def _whole(least: int, **more: Any) -> dict[str, Any]:
    return {"least": least, **more}


def _flag(default: bool, **more: Any) -> dict[str, Any]:
    return {"default": default, **more}


CONTAINER: Facts = {
    "attach": _flag(False, in_place=True),
    "capabilities.adds": _SET,
    "capabilities.drops": _SET,
    "cgroupnsMode": {"allowed": ("private", "host")},
    "command": _COMPUTED,
    "containerReadRefreshTimeoutMilliseconds": {"default": 15000, "in_place": True},
    "cpuPeriod": _whole(0, in_place=True),
    "cpuQuota": _whole(0, in_place=True),
    "cpuSet": {"pattern": r"\d+([,-]\d+)*", "like": "0-1 or 0,2", "in_place": True},
    "cpuShares": _whole(0, in_place=True),
    "cpus": {"pattern": r"\d+(\.\d+)?", "like": "1.5"},
    "destroyGraceSeconds": _IN_PLACE,
    "deviceReadBps": _SET,
    "deviceReadIops": _SET,
    "deviceWriteBps": _SET,
    "deviceWriteIops": _SET,
    "deviceCgroupRules": _SET,
    "devices": _SET,
    "devices.containerPath": _COMPUTED,
    "devices.permissions": _COMPUTED,
    "dns": _SET,
    "dnsOpts": _SET,
    "dnsSearches": _SET,
    "entrypoints": _COMPUTED,
    "envs": {"set": True, "computed": True},
    "groupAdds": _SET,
    "healthcheck": _COMPUTED,
    "healthcheck.interval": {"default": "0s", "pattern": _DURATION, "like": "30s"},
    "healthcheck.timeout": {"default": "0s", "pattern": _DURATION, "like": "5s"},
    "healthcheck.startPeriod": {"default": "0s", "pattern": _DURATION, "like": "10s"},
    "healthcheck.startInterval": {"default": "0s", "pattern": _DURATION, "like": "1s"},
    "healthcheck.retries": _whole(0, default=0),
    "hostname": _COMPUTED,
    "hosts": _SET,
    "init": _COMPUTED,
    "ipcMode": _COMPUTED,
    "labels": {"set": True, "computed": True},
    "logDriver": _COMPUTED,
    "logs": _flag(False, in_place=True),
    "maxRetryCount": _whole(0, in_place=True),
    "memory": _whole(0, in_place=True),
    "memoryReservation": _whole(0, in_place=True),
    "memorySwap": _whole(-1, in_place=True),
    "mounts": _SET,
    "mounts.type": {"allowed": ("bind", "volume", "tmpfs")},
    "mounts.volumeOptions.labels": _SET,
    "mounts.bindOptions.propagation": {
        "allowed": ("private", "rprivate", "shared", "rshared", "slave", "rslave"),
    },
    "mustRun": _flag(True, in_place=True),
    "networkMode": {"default": "bridge"},
    "networksAdvanced": _SET,
    "networksAdvanced.aliases": _SET,
    "ports": _SET,
    "ports.external": {"computed": True, "least": 0, "most": 65535},
    "ports.internal": _whole(1, most=65535),
    "ports.ip": {"default": "0.0.0.0"},
    "ports.protocol": {"default": "tcp", "allowed": ("tcp", "udp", "sctp")},
    "readOnly": _flag(False),
    "removeVolumes": _flag(True, in_place=True),
    "restart": {"default": "no", "allowed": ("no", "on-failure", "always", "unless-stopped"), "in_place": True},
    "rm": _flag(False),
    "runtime": _COMPUTED,
    "securityOpts": {"set": True, "computed": True},
    "shmSize": _whole(0, computed=True),
    "start": _flag(True, in_place=True),
    "stdinOpen": _flag(False),
    "stopSignal": _COMPUTED,
    "stopTimeout": _COMPUTED,
    "tty": _flag(False),
    "ulimits": _SET,
    "uploads": _SET,
    "uploads.executable": _flag(False),
    "uploads.permissions": {"pattern": r"0[0-7]{3}", "like": "0644"},
    "user": {"blank_keeps": True},
    "volumes": _SET,
    "wait": _flag(False, in_place=True),
    "waitTimeout": {"default": 60, "in_place": True},
    "workingDir": {"blank_keeps": True},
}
NETWORK: Facts = {
    "driver": _COMPUTED,
    "internal": _COMPUTED,
    "ipamConfigs": {"set": True, "computed": True},
    "ipamConfigs.gateway": _COMPUTED,
    "ipamDriver": {"default": "default"},
    "ipamOptions": _COMPUTED,
    "labels": _SET,
    "options": _COMPUTED,
}
VOLUME: Facts = {"driver": _COMPUTED, "labels": _SET}
REMOTE_IMAGE: Facts = {
    "keepLocally": _IN_PLACE,
    "forceRemove": _IN_PLACE,
    "pullTriggers": _SET,
    "build.dockerfile": {"default": "Dockerfile"},
    "build.remove": _flag(True),
}
IMAGE: Facts = {
    "buildOnPreview": _flag(False),
    "skipPush": _flag(False),
}
FACTS: dict[str, Facts] = {
    "Container": CONTAINER,
    "Image": IMAGE,
    "Network": NETWORK,
    "RemoteImage": REMOTE_IMAGE,
    "Volume": VOLUME,
}
NAMED = frozenset({"Container", "Network", "Volume"})  # the provider makes names for these
