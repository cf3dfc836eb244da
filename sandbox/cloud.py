"""The embedded cloud: one ministack process on 127.0.0.1 that plays the account of the `local` stack.

It outlives the command that starts it, so that the assistant goes on answering; `stop` ends it and keeps what it holds
for the next start. When it was killed, what it held is gone: `start` then gives it a new generation, by which a caller
knows that the stack's state describes things that are no longer there.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from sandbox import paths
from sandbox.say import SandboxError, say

ACCOUNT = "123456789012"
DEFAULT_PORT = 4566
READY_SECONDS = 30
STOP_SECONDS = 20
PORT_VARIABLE = "SANDBOX_CLOUD_PORT"


@dataclass(frozen=True)
class Cloud:
    """A running embedded cloud. `generation` changes whenever it starts without what it held before."""

    pid: int
    port: int
    started: float
    generation: str

    @property
    def endpoint(self) -> str:
        """Where AWS clients reach it."""
        return f"http://127.0.0.1:{self.port}"


def _record() -> Path:
    return paths.CLOUD / "process.json"


def _recorded() -> Cloud | None:
    try:
        return Cloud(**json.loads(_record().read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _alive(cloud: Cloud) -> bool:
    """True while that very process runs; a process id that was given to another program does not count."""
    try:
        process = psutil.Process(cloud.pid)
        return abs(process.create_time() - cloud.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def running() -> Cloud | None:
    """The embedded cloud of this project, if it runs."""
    cloud = _recorded()
    return cloud if cloud and _alive(cloud) else None


def port_wanted() -> int:
    """SANDBOX_CLOUD_PORT, else the port used before, else 4566."""
    given = os.environ.get(PORT_VARIABLE)
    if given is None:
        before = _recorded()
        return before.port if before else DEFAULT_PORT
    if not given.isdigit() or not 1024 <= int(given) <= 65535:
        raise SandboxError(f"{PORT_VARIABLE}: got {given!r}, expected a port number from 1024 to 65535")
    return int(given)


def holder_of(port: int) -> str | None:
    """Who listens on 127.0.0.1:port; None when nobody does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return None
        except OSError:
            pass
    for connection in psutil.net_connections("tcp"):
        if (
            connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr.port == port
            and connection.pid
        ):
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                break
    return "another program"


def start() -> Cloud:
    """The running embedded cloud, started when it does not run.

    Raises SandboxError when its port is taken or when it does not get ready.
    """
    if cloud := running():
        return cloud
    before, port = _recorded(), port_wanted()
    if holder := holder_of(port):
        raise SandboxError(
            f"port {port}: in use by {holder}, expected it free for the embedded cloud; "
            f"stop that program, or choose another port: {PORT_VARIABLE}={port + 1} make up"
        )
    saved, marker = paths.CLOUD / "saved", paths.CLOUD / "stopped-cleanly"
    kept = marker.exists()
    # What an earlier stop saved grows old as soon as the cloud runs again: without a clean end it is not the present.
    marker.unlink(missing_ok=True)
    if not kept:
        shutil.rmtree(saved, ignore_errors=True)
    if before and not kept:
        say("the embedded cloud ended without saving what it held; starting an empty one, the stack is made again")
    generation = before.generation if before and kept else uuid.uuid4().hex
    log = paths.ensured(paths.CLOUD) / "cloud.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env=_environment(port, paths.ensured(saved)), cwd=paths.CLOUD, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    cloud = Cloud(process.pid, port, psutil.Process(process.pid).create_time(), generation)
    _write(cloud)
    _wait_until_ready(cloud, process, log)
    say(f"embedded cloud (ministack, a stand-in for AWS) listens on {cloud.endpoint}, process {cloud.pid}")
    return cloud


def _write(cloud: Cloud) -> None:
    fresh = _record().with_suffix(".new")
    fresh.write_text(json.dumps(asdict(cloud)))
    fresh.replace(_record())


def _environment(port: int, saved: Path) -> dict[str, str]:
    # AWS settings of the person at the terminal must not reach functions that run in the embedded cloud.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return {
        **kept,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": "true",  # identity policies are enforced, so that a role that is too narrow fails here and not later
        "PERSIST_STATE": "1",
        "STATE_DIR": str(saved),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(saved / "s3"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _wait_until_ready(cloud: Cloud, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if healthy(cloud):
            return
        time.sleep(0.05)
    process.kill()
    lines = log.read_text(errors="replace").strip().splitlines()
    raise SandboxError(f"the embedded cloud did not get ready: {lines[-1] if lines else 'no output'}; its log is {log}")


def healthy(cloud: Cloud) -> bool:
    """True when it answers."""
    try:
        with urllib.request.urlopen(f"{cloud.endpoint}/_ministack/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def stop(*, forget: bool = False) -> bool:
    """Ends it; what it holds is kept for the next start unless `forget`. True when it ran."""
    cloud = running()
    if cloud:
        process = psutil.Process(cloud.pid)
        children = process.children(recursive=True)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
            (paths.CLOUD / "stopped-cleanly").touch()
        except psutil.TimeoutExpired:
            process.kill()
        for child in children:  # workers that run functions
            if child.is_running():
                child.kill()
    if forget:
        shutil.rmtree(paths.CLOUD / "saved", ignore_errors=True)
        (paths.CLOUD / "stopped-cleanly").unlink(missing_ok=True)
        _record().unlink(missing_ok=True)
    return cloud is not None
