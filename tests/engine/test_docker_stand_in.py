"""The Docker stand-in through the real CLI: real containers come, answer, drift, heal and go."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.kit.docker_daemon import Daemon, any_daemon
from tests.kit.docker_stack import DOCKERFILE, PROGRAM, START, Stack
from tests.kit.engine import Project

pytestmark = [pytest.mark.engine, pytest.mark.docker]


@pytest.fixture(scope="module")
def docker_daemon() -> Iterator[Daemon]:
    with any_daemon() as daemon:
        yield daemon


@pytest.fixture
def stack(tmp_path: Path, docker_daemon: Daemon) -> Iterator[Stack]:
    base = docker_daemon.base_image()
    project = Project(tmp_path / "project").write(main=PROGRAM)
    app = project.folder / "app"
    app.mkdir()
    for name, text in {"Dockerfile": DOCKERFILE, "page.txt": "hello from inside\n", "start.sh": START}.items():
        (app / name).write_text(text)
    project.init()
    own = Stack(project, docker_daemon)
    image = f"test-{tmp_path.name.replace('_', '-').lower()}:latest"
    own.set(image=image, base=base, greeting="one", memory="64")
    yield own
    own.run("destroy", "--yes", "--skip-preview")
    with contextlib.suppress(Exception):
        docker_daemon.api.remove_image(image, force=True)


def fetched(port: int) -> str:
    """What the published port answers."""
    deadline = time.monotonic() + 15
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/", timeout=5).text
        except httpx.TransportError:
            assert time.monotonic() < deadline, f"nothing answers on port {port}"
            time.sleep(0.1)


def test_containers_come_answer_change_and_go(stack: Stack) -> None:
    planned = stack.preview()
    assert {name: planned[name] for name in ("inner", "data", "app", "server")} == dict.fromkeys(
        ("inner", "data", "app", "server"), "create"
    )
    assert stack.daemon.api.containers(all=True, filters={"name": "server-"}) == []  # a plan makes nothing

    first = stack.up()
    assert fetched(first["port"]) == "hello from inside\n"
    held = stack.daemon.api.inspect_container(first["container"])
    assert held["State"]["Health"]["Status"] == "healthy"
    host = held["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (64 * 2**20, 64 * 2**20, 500_000_000)
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    assert [*held["NetworkSettings"]["Networks"]] == [stack.daemon.api.inspect_network(first["network"])["Name"]]
    assert held["NetworkSettings"]["Ports"]["8080/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": str(first["port"])}]
    assert "Read-only file system" in stack.inside(first["container"], "/bin/touch", "/file")

    assert stack.preview() == {}
    assert "unchanged" in stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert stack.preview() == {}

    stack.set(memory="96")  # a limit is changed under the running container
    assert stack.preview() == {"server": "update"}
    assert stack.up()["container"] == first["container"]
    assert stack.daemon.api.inspect_container(first["container"])["HostConfig"]["Memory"] == 96 * 2**20

    stack.set(greeting="two")  # a changed environment needs another container; the volume's content stays
    assert stack.preview()["server"] == "replace"
    second = stack.up()
    assert second["container"] != first["container"]
    assert second["volume"] == first["volume"]
    assert stack.started(second["container"]) == ["started with one", "started with two"]
    assert stack.preview() == {}

    (stack.project.folder / "app" / "page.txt").write_text("hello again\n")  # another context, another image
    assert stack.preview() == {"app": "update", "server": "replace"}
    third = stack.up()
    assert third["digest"] != second["digest"]
    assert fetched(third["port"]) == "hello again\n"

    stack.run("destroy", "--yes", "--skip-preview")
    api = stack.daemon.api
    assert third["container"] not in [container["Id"] for container in api.containers(all=True)]
    assert third["network"] not in [network["Id"] for network in api.networks()]
    assert third["volume"] not in [volume["Name"] for volume in api.volumes()["Volumes"] or []]


@pytest.mark.parametrize("outside", ["stop", "remove"])
def test_what_happens_to_a_container_outside_is_seen_and_mended(stack: Stack, outside: str) -> None:
    first = stack.up()
    if outside == "stop":
        stack.daemon.api.stop(first["container"], timeout=0)
    else:
        stack.daemon.api.remove_container(first["container"], force=True)
    assert stack.preview() == {}  # without a refresh the state is believed
    stack.run("refresh", "--yes", "--skip-preview")
    assert stack.preview() == {"server": "create"}
    second = stack.up()
    assert second["container"] != first["container"]
    assert fetched(second["port"]) == "hello from inside\n"
    assert len(stack.started(second["container"])) == 2
    assert len(stack.daemon.api.containers(all=True, filters={"name": "server-"})) == 1


def test_a_limit_that_was_changed_outside_is_seen_and_set_back(stack: Stack) -> None:
    first = stack.up()
    stack.daemon.api.update_container(first["container"], mem_limit="128m", memswap_limit="128m")
    assert "memory" in stack.run("refresh", "--yes", "--skip-preview", "--diff")
    assert stack.preview() == {"server": "update"}
    assert stack.up()["container"] == first["container"]
    assert stack.daemon.api.inspect_container(first["container"])["HostConfig"]["Memory"] == 64 * 2**20
    assert stack.preview() == {}


def test_a_container_that_ends_at_once_fails_the_update_with_the_end_of_its_log(stack: Stack) -> None:
    (stack.project.folder / "app" / "start.sh").write_text("echo no such model; exit 3\n")
    stack.set(restart="no")
    said = stack.run("up", "--yes", "--skip-preview", code=1)
    assert "ended at once with exit code 3, expected it to run; its log ends: no such model" in said
    assert stack.daemon.api.containers(all=True, filters={"name": "server-"}) == []


def test_a_container_that_does_not_get_healthy_is_kept_in_the_state_and_mended(stack: Stack) -> None:
    (stack.project.folder / "app" / "start.sh").write_text("exec /bin/sleep 600\n")
    stack.set(patience="3")
    said = stack.run("up", "--yes", "--skip-preview", code=1)
    assert "expected healthy within 3 s" in said
    assert len(stack.daemon.api.containers(filters={"name": "server-"})) == 1
    stack.set(patience="30")
    (stack.project.folder / "app" / "start.sh").write_text(START)
    assert fetched(stack.up()["port"]) == "hello from inside\n"
    assert len(stack.daemon.api.containers(all=True, filters={"name": "server-"})) == 1
