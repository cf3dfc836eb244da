"""A Docker daemon for tests: the one that runs, else one of their own under a temporary directory, else a skip."""

import contextlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from docker.errors import APIError, DockerException, ImageNotFound

START_SECONDS = 60
STOP_SECONDS = 30
BRIDGE = Path("/sys/class/net/docker0")
BASE = "test-base:busybox"
APPLETS = ("sh", "httpd", "wget", "sleep", "cat", "echo", "id", "touch", "true", "false", "mkdir")


@dataclass
class Daemon:
    """A daemon that answers at `host`."""

    host: str
    api: docker.APIClient

    def base_image(self) -> str:
        """Imports an image made of one static program, a shell with an HTTP server, and returns its name."""
        with contextlib.suppress(ImageNotFound):
            self.api.inspect_image(BASE)
            return BASE
        program = shutil.which("busybox")
        if program is None:
            pytest.skip("no busybox here for a base image: tools/install_test_packages.sh installs it")
        repository, _, tag = BASE.partition(":")
        with tempfile.NamedTemporaryFile(suffix=".tar") as file:
            _write_root(Path(file.name), Path(program))
            self.api.import_image_from_file(file.name, repository=repository, tag=tag)
        return BASE


def _write_root(target: Path, program: Path) -> None:
    with tarfile.open(target, "w") as archive:
        for folder in ("bin", "tmp", "www"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            archive.addfile(entry)
        archive.add(program, "bin/busybox")
        for applet in APPLETS:
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(entry)


def _client(host: str) -> docker.APIClient | None:
    """A client for a daemon that answers, else None."""
    try:
        api = docker.APIClient(base_url=host, version="auto", timeout=60)
    except DockerException:
        return None
    with contextlib.suppress(DockerException):
        if api.ping():
            return api
    api.close()
    return None


@contextlib.contextmanager
def started(folder: Path) -> Generator[Daemon]:
    """A daemon of its own: data, exec root, socket and process id are all in `folder`; it ends with the block."""
    program = shutil.which("dockerd")
    if program is None:
        pytest.skip("no Docker daemon runs and dockerd is not installed: tools/install_test_packages.sh installs it")
    if os.geteuid() != 0:
        pytest.skip("no Docker daemon runs, and only root can start one: start one, or run these tests as root")
    host, log = f"unix://{folder}/s", folder / "dockerd.log"
    command = [program, "--host", host, "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
    command += ["--pidfile", f"{folder}/pid", "--config-file", f"{folder}/config.json", "--log-level", "warn"]
    (folder / "config.json").write_text("{}")  # the machine's own configuration is another daemon's
    bridge_was_there = BRIDGE.exists()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        api, deadline = None, time.monotonic() + START_SECONDS
        while api is None and process.poll() is None and time.monotonic() < deadline:
            api = _client(host)
            time.sleep(0.2)
        if api is None:
            said = " ".join(log.read_text(errors="replace").split())[-600:]
            pytest.skip(f"no Docker daemon runs and one of our own does not start: {said}")
        with contextlib.closing(api):
            yield Daemon(host, api)
            _emptied(api)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
        if not bridge_was_there and BRIDGE.exists():
            subprocess.run(["ip", "link", "delete", BRIDGE.name], check=False, capture_output=True)


def _emptied(api: docker.APIClient) -> None:
    """Removes what a failed test may have left: containers outlive their daemon otherwise."""
    for container in api.containers(all=True):
        with contextlib.suppress(APIError):
            api.remove_container(container["Id"], v=True, force=True)
    for network in api.networks():
        if network["Name"] not in ("bridge", "host", "none"):
            with contextlib.suppress(APIError):
                api.remove_network(network["Id"])


@contextlib.contextmanager
def any_daemon() -> Generator[Daemon]:
    """The body of a fixture: a daemon to use. Tests must remove what they make, for it may be the developer's own."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if (api := _client(host)) is not None:
        with contextlib.closing(api):
            yield Daemon(host, api)
        return
    folder = Path(tempfile.mkdtemp(prefix="docker-"))  # short: the path of a socket has at most 107 characters
    try:
        with started(folder) as daemon:
            yield daemon
    finally:
        shutil.rmtree(folder, ignore_errors=True)
