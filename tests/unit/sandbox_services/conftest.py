"""One embedded cloud per test session, on a port of its own, and a stand-in provider that makes resources in it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.deployment import free_port
from tests.unit.sandbox_services.acting import ACCOUNT, Acting
from tests.unit.sandbox_services.world import World

READY_SECONDS = 30


def start_cloud(port: int, state: Path) -> subprocess.Popen[bytes]:
    """A ministack that enforces IAM and keeps what it holds in `state`; ready when this returns."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = {
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT, "AUTH": "true", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1", "STATE_DIR": str(state / "state"), "S3_PERSIST": "1", "S3_DATA_DIR": str(state / "s3"),
    }  # fmt: skip
    with (state / "cloud.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"], env={**kept, **settings}, cwd=state, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2):
                return process
        except OSError:
            time.sleep(0.05)
    process.kill()
    process.wait()
    raise AssertionError(f"the embedded cloud did not get ready; its log is {state}/cloud.log")


def end_cloud(process: subprocess.Popen[bytes]) -> None:
    """Ends it in the orderly way, in which it writes down what it holds."""
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the session's embedded cloud."""
    port = free_port()
    process = start_cloud(port, tmp_path_factory.mktemp("cloud"))
    yield f"http://127.0.0.1:{port}"
    end_cloud(process)


@pytest.fixture(scope="session")
def acting(endpoint: str) -> Acting:
    """The provider in us-east-1."""
    return Acting(endpoint)


@pytest.fixture(scope="session")
def world(acting: Acting, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Resources that others hang on, in the session's cloud."""
    return World(acting, tmp_path_factory.mktemp("code"))
