"""The Docker stand-in through the real CLI: real containers come, answer, drift, heal and go."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import paths
from tests.kit.docker_daemon import Daemon, any_daemon
from tests.kit.engine import Project

pytestmark = [pytest.mark.engine, pytest.mark.docker]

PROGRAM = """\
import pulumi
import pulumi_docker as docker

config = pulumi.Config()
network = docker.Network("inner")
volume = docker.Volume("data", labels=[{"label": "kind", "value": "test"}])
image = docker.Image(
    "app",
    image_name=config.require("image"),
    build={"context": "app", "dockerfile": "app/Dockerfile", "args": {"BASE": config.require("base")}},
    skip_push=True,
)
server = docker.Container(
    "server",
    image=image.repo_digest,
    envs=[f"GREETING={config.require('greeting')}", "MODE=test"],
    ports=[{"internal": 8080, "ip": "127.0.0.1"}],
    volumes=[{"volume_name": volume.name, "container_path": "/data"}],
    networks_advanced=[{"name": network.name, "aliases": ["server"]}],
    memory=config.require_int("memory"),
    memory_swap=config.require_int("memory"),
    cpus="0.5",
    read_only=True,
    tmpfs={"/tmp": "size=1m"},
    capabilities={"drops": ["ALL"]},
    security_opts=["no-new-privileges:true"],
    user="65534:65534",
    healthcheck={
        "tests": ["CMD", "/bin/wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"],
        "interval": "1s",
        "timeout": "2s",
        "retries": 10,
    },
    labels=[{"label": "kind", "value": "test"}],
    restart=config.get("restart") or "unless-stopped",
    wait=True,
    wait_timeout=config.get_int("patience") or 30,
    must_run=True,
)
pulumi.export("port", server.ports[0].external)
pulumi.export("container", server.id)
pulumi.export("name", server.name)
pulumi.export("network", network.id)
pulumi.export("volume", volume.name)
pulumi.export("digest", image.repo_digest)
"""
DOCKERFILE = """\
ARG BASE
FROM ${BASE}
COPY page.txt /www/index.html
COPY start.sh /start.sh
RUN ["/bin/mkdir", "-m", "0777", "/data"]
ENTRYPOINT ["/bin/sh", "/start.sh"]
"""
START = 'echo "started with $GREETING" >> /data/starts\nexec /bin/httpd -f -p 8080 -h /www\n'


@dataclass
class Stack:
    """One stack of the program, with the stand-in attached for each command."""

    project: Project
    daemon: Daemon

    def run(self, *arguments: str, code: int = 0) -> str:
        """Runs one command with a stand-in of its own; returns all it said."""
        command = [sys.executable, "-m", "sandbox.docker", "--directory", str(self.project.folder)]
        environment = {**os.environ, "PYTHONPATH": str(paths.ROOT), "DOCKER_HOST": self.daemon.host}
        with subprocess.Popen(
            command, cwd=paths.ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin
            assert process.stdout
            port = process.stdout.readline().strip()
            self.project.variables |= {
                "PULUMI_DEBUG_PROVIDERS": f"docker:{port}",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",  # the state names the official plugin
                "DOCKER_HOST": self.daemon.host,
            }
            done = self.project.pulumi(*arguments, "--stack", "test")
            process.stdin.close()
            process.wait(10)
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        return said

    def set(self, **values: str) -> None:
        """Changes the configuration."""
        for key, value in values.items():
            done = self.project.pulumi("config", "set", key, value, "--stack", "test")
            assert done.returncode == 0, done.stderr

    def preview(self, *arguments: str) -> dict[str, str]:
        """The operation that is planned for each resource, by name; resources that stay are left out."""
        planned = json.loads(self.run("preview", "--json", *arguments))
        steps = {step["urn"].rsplit("::", 1)[-1]: step["op"] for step in planned["steps"] if "$" not in step["op"]}
        return {name: op for name, op in steps.items() if op != "same"}

    def up(self) -> dict[str, Any]:
        """Deploys; returns the outputs."""
        self.run("up", "--yes", "--skip-preview")
        return self.project.outputs()

    def started(self, container: str) -> list[str]:
        """What the starts of all containers wrote into the volume."""
        return self.inside(container, "cat", "/data/starts").splitlines()

    def inside(self, container: str, *command: str) -> str:
        """Runs a command in a container."""
        api = self.daemon.api
        return api.exec_start(api.exec_create(container, list(command))["Id"]).decode()


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
