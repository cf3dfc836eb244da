"""Which property of a container is which field of the daemon's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.docker.daemon import labels_of
from sandbox.docker.resources.translations import (
    DEVICES,
    NANOS,
    RATES,
    REQUESTS,
    ULIMITS,
    device,
    health_back,
    health_there,
    hosts_back,
    mount_back,
    mount_there,
    to_bytes,
    to_cpus,
    to_mebibytes,
)

Values = dict[str, Any]


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Field:
    """A property, the path of its field, and both translations; `back` None: the daemon's answer is not used."""

    name: str
    path: str
    there: Callable[[Any], Any] = _same
    back: Callable[[Any], Any] | None = _same


def request_of(inputs: Values) -> Values:
    """The part of a creation request that the table describes: {"Config": ..., "HostConfig": ...}."""
    request: Values = {"Config": {}, "HostConfig": {}}
    for field in FIELDS:
        value = inputs.get(field.name)
        if value is not None and value not in ("", [], {}):
            *parents, last = field.path.split(".")
            holder = request
            for parent in parents:
                holder = holder.setdefault(parent, {})
            holder[last] = field.there(value)
    return request


def state_of(inspected: Values) -> Values:
    """The properties that the daemon's description of a container tells."""
    found: Values = {}
    for field in FIELDS:
        if field.back is not None:
            held: Any = inspected
            for part in field.path.split("."):
                held = (held or {}).get(part)
            found[field.name] = field.back(held)
    return found


FIELDS: tuple[Field, ...] = (
    Field("hostname", "Config.Hostname"),
    Field("domainname", "Config.Domainname"),
    Field("user", "Config.User"),
    Field("workingDir", "Config.WorkingDir"),
    Field("command", "Config.Cmd"),
    Field("entrypoints", "Config.Entrypoint"),
    Field("envs", "Config.Env", back=None),  # the image's own are among them, and cannot be told apart
    Field("labels", "Config.Labels", labels_of, back=None),  # as above
    Field("tty", "Config.Tty"),
    Field("stdinOpen", "Config.OpenStdin"),
    Field("stopSignal", "Config.StopSignal"),
    Field("stopTimeout", "Config.StopTimeout"),
    Field("healthcheck", "Config.Healthcheck", health_there, health_back),
    Field("readOnly", "HostConfig.ReadonlyRootfs"),
    Field("privileged", "HostConfig.Privileged"),
    Field("publishAllPorts", "HostConfig.PublishAllPorts"),
    Field("rm", "HostConfig.AutoRemove"),
    Field("dns", "HostConfig.Dns"),
    Field("dnsOpts", "HostConfig.DnsOptions"),
    Field("dnsSearches", "HostConfig.DnsSearch"),
    Field("hosts", "HostConfig.ExtraHosts", lambda hosts: [f"{h['host']}:{h['ip']}" for h in hosts], hosts_back),
    Field("ulimits", "HostConfig.Ulimits", *ULIMITS),
    Field("devices", "HostConfig.Devices", lambda entries: [device(entry) for entry in entries], DEVICES[1]),
    Field("deviceCgroupRules", "HostConfig.DeviceCgroupRules"),
    Field("deviceRequests", "HostConfig.DeviceRequests", REQUESTS[0], back=None),
    Field("deviceReadBps", "HostConfig.BlkioDeviceReadBps", *RATES),
    Field("deviceReadIops", "HostConfig.BlkioDeviceReadIOps", *RATES),
    Field("deviceWriteBps", "HostConfig.BlkioDeviceWriteBps", *RATES),
    Field("deviceWriteIops", "HostConfig.BlkioDeviceWriteIOps", *RATES),
    Field("securityOpts", "HostConfig.SecurityOpt"),
    Field("runtime", "HostConfig.Runtime"),
    Field("memory", "HostConfig.Memory", to_bytes, to_mebibytes),
    Field("memorySwap", "HostConfig.MemorySwap", to_bytes, to_mebibytes),
    Field("memoryReservation", "HostConfig.MemoryReservation", to_bytes, to_mebibytes),
    Field("shmSize", "HostConfig.ShmSize", to_bytes, to_mebibytes),
    Field("cpuShares", "HostConfig.CpuShares"),
    Field("cpuSet", "HostConfig.CpusetCpus"),
    Field("cpuPeriod", "HostConfig.CpuPeriod"),
    Field("cpuQuota", "HostConfig.CpuQuota"),
    Field("cpus", "HostConfig.NanoCpus", lambda cpus: round(float(cpus) * NANOS), to_cpus),
    Field("restart", "HostConfig.RestartPolicy.Name"),
    Field("maxRetryCount", "HostConfig.RestartPolicy.MaximumRetryCount"),
    Field("logDriver", "HostConfig.LogConfig.Type"),
    Field("logOpts", "HostConfig.LogConfig.Config"),
    Field("networkMode", "HostConfig.NetworkMode"),
    Field("pidMode", "HostConfig.PidMode"),
    Field("usernsMode", "HostConfig.UsernsMode"),
    Field("ipcMode", "HostConfig.IpcMode"),
    Field("cgroupnsMode", "HostConfig.CgroupnsMode", back=None),  # the daemon answers its own default
    Field("cgroupParent", "HostConfig.CgroupParent"),
    Field("sysctls", "HostConfig.Sysctls"),
    Field("storageOpts", "HostConfig.StorageOpt"),
    Field("tmpfs", "HostConfig.Tmpfs"),
    Field("groupAdds", "HostConfig.GroupAdd"),
    Field("init", "HostConfig.Init", bool, bool),
    Field(
        "mounts",
        "HostConfig.Mounts",
        lambda mounts: [mount_there(mount) for mount in mounts],
        lambda held: [mount_back(mount) for mount in held or []],
    ),
)
