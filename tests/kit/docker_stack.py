"""A program with a network, a volume, an image and a container, and a stack of it with the Docker stand-in attached."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from sandbox import paths
from tests.kit.docker_daemon import Daemon
from tests.kit.engine import Project

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
