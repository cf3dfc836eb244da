"""Single resources of the Docker stand-in against a real daemon: what is asked for is there, and comes back."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.provider.protocol import InitFailedError, Kind, ProviderError, Stored
from sandbox.provider.values import Secret
from tests.kit.docker_daemon import Daemon, any_daemon
from tests.kit.docker_provider import Keeper

pytestmark = pytest.mark.docker

SLEEP = ["/bin/sleep", "600"]


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with any_daemon() as found:
        yield found


@pytest.fixture
def image(daemon: Daemon) -> str:
    """The id of the base image: an id is what a container reports."""
    return daemon.api.inspect_image(daemon.base_image())["Id"]


@pytest.fixture
def engine(daemon: Daemon, tmp_path: Path) -> Iterator[Keeper]:
    keeper = Keeper(tmp_path, daemon.host)
    yield keeper
    keeper.clear()


def inside(daemon: Daemon, container: str, *command: str) -> str:
    return daemon.api.exec_start(daemon.api.exec_create(container, list(command))["Id"]).decode()


WISHES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "limits": {"memory": 32, "memorySwap": 48, "memoryReservation": 16, "cpuShares": 256, "cpus": "0.25", "shmSize": 8},
    "quota": {"cpuPeriod": 50000, "cpuQuota": 25000, "cpuSet": "0"},
    "ports": {"ports": [{"internal": 9000, "ip": "127.0.0.1"}, {"internal": 53, "protocol": "udp", "ip": "127.0.0.1"}]},
    "identity": {"hostname": "box", "domainname": "example", "user": "1000:1000", "workingDir": "/tmp"},
    "process": {"init": True, "tty": True, "stdinOpen": True, "stopSignal": "SIGINT", "stopTimeout": 3},
    "security": {
        "capabilities": {"adds": ["NET_BIND_SERVICE"], "drops": ["ALL"]},
        "securityOpts": ["no-new-privileges:true"],
        "readOnly": True,
        "tmpfs": {"/run": "rw,noexec,size=1m"},
    },
    "names": {"dns": ["10.0.0.2"], "dnsSearches": ["example"], "hosts": [{"host": "db", "ip": "10.0.0.3"}]},
    "kernel": {
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"},
        "ulimits": [{"name": "nofile", "soft": 100, "hard": 200}],
        "devices": [{"hostPath": "/dev/null", "containerPath": "/dev/nothing"}],
        "groupAdds": ["1234"],
    },
    "logs": {"logDriver": "json-file", "logOpts": {"max-size": "1m", "max-file": "2"}},
    "restart": {"restart": "on-failure", "maxRetryCount": 2},
    "health": {"healthcheck": {"tests": ["CMD", "/bin/true"], "interval": "5s", "retries": 3}},
    "environment": {"envs": ["B=2", "A=1"], "labels": [{"label": "b", "value": "2"}, {"label": "a", "value": "1"}]},
    "mounts": {"mounts": [{"type": "tmpfs", "target": "/scratch", "tmpfsOptions": {"sizeBytes": 65536, "mode": 511}}]},
}


@pytest.mark.parametrize("wish", sorted(WISHES))
def test_a_container_is_as_asked_for_and_shows_no_difference(engine: Keeper, image: str, wish: str) -> None:
    said = {"image": image, "command": SLEEP, **WISHES[wish]}
    if "memory" not in said:
        said |= {"memory": 64, "memorySwap": 64}
    made = engine.made("Container", **said)
    for name, value in WISHES[wish].items():
        if isinstance(value, str | int):
            assert made.outputs[name] == value, name
    assert engine.diff("Container", made, **said).changes == {}
    found = engine.read("Container", made)
    assert found is not None
    assert found.outputs == made.outputs
    assert found.inputs == made.inputs


def test_a_free_port_is_published_on_the_address_that_was_asked_for(engine: Keeper, image: str) -> None:
    made = engine.made("Container", image=image, command=SLEEP, ports=[{"internal": 9000, "ip": "127.0.0.1"}])
    (port,) = made.outputs["ports"]
    assert (port["ip"], port["internal"], port["protocol"]) == ("127.0.0.1", 9000, "tcp")
    assert port["external"] > 1024


def test_files_are_there_before_the_container_starts(
    engine: Keeper, daemon: Daemon, image: str, tmp_path: Path
) -> None:
    (tmp_path / "from-disk").write_text("three")
    uploads = [
        {"file": "/tmp/one", "content": Secret("one"), "permissions": "0600"},
        {"file": "/tmp/two", "contentBase64": base64.b64encode(b"two").decode(), "executable": True},
        {"file": "/tmp/three", "source": "from-disk"},
    ]
    made = engine.made("Container", image=image, command=SLEEP, uploads=uploads)
    assert inside(daemon, made.id, "/bin/cat", "/tmp/one", "/tmp/two", "/tmp/three") == "onetwothree"
    assert made.outputs["uploads"][0]["content"] == Secret("one")
    with pytest.raises(ProviderError, match=r"upload of /x: got none of them, expected one of content, contentBase64"):
        engine.made("Container", image=image, command=SLEEP, uploads=[{"file": "/x"}], name="test-upload")


def test_limits_are_changed_and_lifted_in_place(engine: Keeper, daemon: Daemon, image: str) -> None:
    base = {"image": image, "command": SLEEP}
    made = engine.made("Container", **base, memory=32, memorySwap=32, cpuShares=256)
    news = {**base, "memory": 64, "memorySwap": 64, "restart": "always"}
    changes = engine.diff("Container", made, **news).changes
    assert dict(changes) == {
        "memory": Kind.UPDATE, "memorySwap": Kind.UPDATE, "cpuShares": Kind.DELETE, "restart": Kind.UPDATE
    }  # fmt: skip
    changed = engine.updated("Container", made, **news)
    host = daemon.api.inspect_container(made.id)["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["RestartPolicy"]["Name"]) == (64 << 20, 64 << 20, "always")
    assert changed.outputs["memory"] == 64


def test_a_container_that_was_stopped_is_gone_and_its_name_is_free(engine: Keeper, daemon: Daemon, image: str) -> None:
    made = engine.made("Container", image=image, command=SLEEP, name="test-stopped")
    daemon.api.stop(made.id, timeout=0)
    assert engine.read("Container", made) is None
    assert engine.made("Container", image=image, command=SLEEP, name="test-stopped").id != made.id


def test_a_container_that_need_not_run_stays_with_its_exit_code(engine: Keeper, image: str) -> None:
    said = {"image": image, "command": ["/bin/sh", "-c", "echo done; exit 4"], "mustRun": False}
    made = engine.made("Container", **said, attach=True, logs=True)
    assert (made.outputs["exitCode"], made.outputs["containerLogs"]) == (4, "done\n")
    assert engine.read("Container", made) is not None


def test_a_container_without_a_health_check_cannot_be_waited_for(engine: Keeper, daemon: Daemon, image: str) -> None:
    with pytest.raises(InitFailedError, match="got no health check to wait for, expected healthcheck") as failed:
        engine.made("Container", image=image, command=SLEEP, wait=True)
    assert failed.value.outputs["image"] == image  # the engine keeps it, so that it can be mended or removed
    engine.delete("Container", Stored(failed.value.id))
    assert daemon.api.containers(all=True, filters={"id": failed.value.id}) == []


def test_an_image_that_cannot_be_had_is_told(engine: Keeper) -> None:
    with pytest.raises(ProviderError, match=r"image: got 127\.0\.0\.1:1/no:1, which is not here and cannot be pulled"):
        engine.made("Container", image="127.0.0.1:1/no:1")


def test_a_container_that_has_left_its_network_shows_it(engine: Keeper, daemon: Daemon, image: str) -> None:
    network = engine.made("Network", internal=True, ipamConfigs=[{"subnet": "10.213.7.0/24"}])
    said = {"image": image, "command": SLEEP, "networksAdvanced": [
        {"name": network.id, "aliases": ["one"], "ipv4Address": "10.213.7.9"}], "memory": 0}  # fmt: skip
    made = engine.made("Container", **said)
    assert made.outputs["networkDatas"][0]["ipAddress"] == "10.213.7.9"
    assert engine.diff("Container", made, **said).changes == {}
    daemon.api.disconnect_container_from_network(made.id, network.id)
    found = engine.read("Container", made)
    assert found is not None
    assert engine.diff("Container", found, **said).changes == {"networksAdvanced": Kind.ADD_REPLACE}
    engine.delete("Container", made)
    engine.delete("Container", made)  # gone already is fine


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("Network", {}),
        (
            "Network",
            {"driver": "bridge", "internal": True, "options": {"com.docker.network.bridge.enable_icc": "false"}},
        ),
        ("Network", {"ipamConfigs": [{"subnet": "10.213.9.0/24"}], "labels": [{"label": "b", "value": "1"}]}),
        ("Volume", {}),
        ("Volume", {"labels": [{"label": "b", "value": "2"}, {"label": "a", "value": "1"}]}),
        ("Volume", {"driverOpts": {"type": "tmpfs", "device": "tmpfs"}}),
    ],
)
def test_networks_and_volumes_are_as_asked_for_and_go(engine: Keeper, type_: str, said: dict[str, Any]) -> None:
    made = engine.made(type_, **said)
    assert engine.diff(type_, made, **said).changes == {}
    found = engine.read(type_, made)
    assert found is not None
    assert (found.outputs, found.inputs) == (made.outputs, made.inputs)
    imported = engine.read(type_, Stored(made.id))
    assert imported is not None
    assert imported.inputs["name"] == made.outputs["name"]
    engine.delete(type_, made)
    assert engine.read(type_, made) is None
    engine.delete(type_, made)
