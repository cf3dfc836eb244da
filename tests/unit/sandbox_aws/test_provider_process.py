"""The stand-in as a process: says its port, serves several provider instances, and ends with its parent."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.aws.provider import AwsProvider, Options
from sandbox.provider.codec import decode, encode
from sandbox.provider.faults import read_faults
from sandbox.provider.protocol import InitFailedError, Resource
from sandbox.provider.serve import start
from tests.contract.aws_recordings import Asking, Case
from tests.unit.sandbox_aws.asking import QUEUE

ROOT = Path(__file__).resolve().parents[3]
QUEUE_CASE = Case(QUEUE, "q", {})


def _run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "sandbox.aws", *arguments],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    running = _run()
    yield running
    running.kill()
    running.communicate()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout
    return int(process.stdout.readline())


@pytest.fixture
def port() -> Iterator[int]:
    server, bound = start(lambda: AwsProvider(Options(faults=read_faults("delete:fail=first line\n  second line"))))
    yield bound
    server.stop(0).wait()


def test_it_prints_its_port_and_ends_quietly_when_its_input_ends(process: subprocess.Popen[str]) -> None:
    assert _port(process) > 0
    out, err = process.communicate(timeout=20)  # closes stdin
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_on_a_signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    assert _port(process) > 0
    process.send_signal(number)
    assert process.wait(20) == 0
    assert process.stderr
    assert process.stderr.read() == ""


def test_an_interrupt_lets_a_creation_that_has_begun_come_to_its_end(tmp_path: Path) -> None:
    running = _run("--faults", "create:delay=0.5", "--journal", str(tmp_path / "journal"))
    asking = Asking(_port(running))
    asking.configure(region="us-east-1")
    request = provider_pb2.CreateRequest(urn=QUEUE_CASE.urn, properties=encode({"name": "q"}))
    creation = asking.stub.Create.future(request)
    asking.stub.GetPluginInfo(empty_pb2.Empty())  # answered: the creation, asked before on this connection, has begun
    running.send_signal(signal.SIGINT)
    assert creation.result(20).id == "https://sqs.us-east-1.amazonaws.com/123456789012/q"
    asking.close()
    assert running.communicate(timeout=20) == ("", "")
    assert "create" in (tmp_path / "journal").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--account", "12"), "--account: got '12', expected 12 digits"),
        (("--faults", "nonsense"), "faults: got 'nonsense', expected ACTION"),
        (("--journal", "/nowhere/journal"), "/nowhere/journal"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    done = _run(*arguments)
    _, err = done.communicate(timeout=20)
    assert done.returncode == 2
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_port_in_use_is_told_in_one_line(port: int) -> None:
    done = _run("--port", str(port))
    _, err = done.communicate(timeout=20)
    assert done.returncode == 1
    assert f"port {port}: not free" in err


def test_it_says_that_it_is_a_stand_in(port: int) -> None:
    asking = Asking(port)
    assert "standin" in asking.stub.GetPluginInfo(empty_pb2.Empty()).version
    assert "stand-in" in asking.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    asking.close()


def test_each_connection_has_a_configuration_of_its_own(port: int) -> None:
    first, second = Asking(port), Asking(port)
    first.configure(region="eu-west-1")
    second.configure(region="cn-north-1")
    arns = [asking.create(QUEUE_CASE, {"name": "q"}, preview=False)[1]["arn"] for asking in (first, second, first)]
    first.close()
    second.close()
    assert arns == [
        "arn:aws:sqs:eu-west-1:123456789012:q",
        "arn:aws-cn:sqs:cn-north-1:123456789012:q",
        "arn:aws:sqs:eu-west-1:123456789012:q",
    ]


def test_a_failed_operation_is_told_in_one_line(port: int) -> None:
    asking = Asking(port)
    with pytest.raises(grpc.RpcError) as failed:
        asking.stub.Delete(provider_pb2.DeleteRequest(id="x", urn=QUEUE_CASE.urn))
    asking.close()
    error: Any = failed.value
    assert error.details() == "first line second line"


def test_a_resource_that_is_there_but_not_ready_is_handed_over_with_the_error() -> None:
    class Unready(AwsProvider):
        def create(self, resource: Resource, inputs: dict[str, Any], preview: bool) -> tuple[str, dict[str, Any]]:
            raise InitFailedError("q-1", {"name": "q"}, ["not ready"])

    server, port = start(lambda: Unready(Options()))
    asking = Asking(port)
    with pytest.raises(grpc.RpcError) as failed:
        asking.create(QUEUE_CASE, {"name": "q"}, preview=False)
    asking.close()
    server.stop(0).wait()
    error: Any = failed.value
    trailers = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert (detail.id, decode(detail.properties), list(detail.reasons)) == ("q-1", {"name": "q"}, ["not ready"])
