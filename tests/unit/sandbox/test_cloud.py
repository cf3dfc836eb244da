"""The embedded cloud as a process: its port, its end, and what is left of it."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import psutil
import pytest

from sandbox import cloud, paths
from sandbox.say import SandboxError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, on a free port; whatever was started is ended."""
    monkeypatch.setattr(paths, "CLOUD", tmp_path / "cloud")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv(cloud.PORT_VARIABLE, str(probe.getsockname()[1]))
    yield tmp_path
    cloud.stop(forget=True)


def tables(running: cloud.Cloud) -> list[str]:
    """The names of the tables it holds."""
    return client(running).list_tables()["TableNames"]


def client(running: cloud.Cloud):  # type: ignore[no-untyped-def]
    return boto3.client(
        "dynamodb", endpoint_url=running.endpoint, region_name="eu-central-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip


def make_table(running: cloud.Cloud, name: str) -> None:
    client(running).create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip


def test_it_is_started_once_and_listens_on_loopback_only(home: Path) -> None:
    first = cloud.start()
    assert cloud.start() == first
    listening = [c for c in psutil.Process(first.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_a_port_in_use_is_told_with_its_holder_and_the_way_out(home: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", cloud.port_wanted()))
        holder.listen()
        with pytest.raises(SandboxError) as told:
            cloud.start()
    port = cloud.port_wanted()
    assert f"port {port}: in use by" in str(told.value)
    assert f"process {os.getpid()}" in str(told.value)
    assert f"{cloud.PORT_VARIABLE}={port + 1} make up" in str(told.value)
    assert cloud.running() is None


@pytest.mark.parametrize("port", ["", "http", "80", "70000", "-1"])
def test_a_port_that_is_none_is_told(home: Path, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv(cloud.PORT_VARIABLE, port)
    with pytest.raises(SandboxError, match="expected a port number from 1024 to 65535"):
        cloud.start()


def test_what_it_holds_outlives_a_stop(home: Path) -> None:
    before = cloud.start()
    make_table(before, "kept")
    assert cloud.stop()
    after = cloud.start()
    assert (after.generation, tables(after)) == (before.generation, ["kept"])


def test_after_a_kill_it_is_empty_and_of_a_new_generation(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = cloud.start()
    make_table(first, "old")
    cloud.stop()  # saves, so that a stale save is there when the kill comes
    before = cloud.start()
    make_table(before, "new")
    os.kill(before.pid, signal.SIGKILL)
    psutil.Process(before.pid).wait(10)
    after = cloud.start()
    assert after.generation != before.generation
    assert tables(after) == []
    assert "ended without saving" in capsys.readouterr().err


def test_a_process_id_that_was_given_to_another_program_is_not_taken_for_it(home: Path) -> None:
    paths.ensured(paths.CLOUD)
    cloud._write(cloud.Cloud(os.getpid(), 4566, 1.0, "g"))  # this process, but started at another time
    assert cloud.running() is None
    cloud.stop(forget=True)
    assert psutil.pid_exists(os.getpid())
