"""Runs a program against mocks and keeps what it registered: parents, edges, providers, outputs."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Generator
from typing import Any

import pulumi
from pulumi.runtime import rpc, set_mocks
from pulumi.runtime.mocks import MockMonitor, Mocks

from tests.kit.aws_mocks import AwsMocks
from tests.kit.graph import Graph, Node

STACK = "pulumi:pulumi:Stack"


class RecordingMonitor(MockMonitor):
    """Keeps what the plain mock drops."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.requests: dict[str, Any] = {}
        self.outputs: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.invokes: list[Any] = []

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes it: the whole chain of types, without the stack."""
        kind = parent.split("::")[2] if parent else STACK
        chain = type_ if kind == STACK else f"{kind}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{chain}::{name}"

    def Invoke(self, request: Any) -> Any:
        """A lookup."""
        self.invokes.append(request)
        return super().Invoke(request)

    def RegisterResource(self, request: Any) -> Any:
        """A resource."""
        response = super().RegisterResource(request)
        if request.type != STACK:
            assert response.urn not in self.requests, f"two resources share {response.urn}"  # the mock overwrites
            self.requests[response.urn] = request
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """A component's outputs."""
        self.outputs[request.urn].append(rpc.deserialize_properties(request.outputs, keep_unknowns=True))
        return super().RegisterResourceOutputs(request)


@contextlib.contextmanager
def _fresh(monitor: RecordingMonitor, preview: bool) -> Generator[None]:
    """Loop, config and mocks of a program's own."""
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        asyncio.set_event_loop(loop)
        pulumi.runtime.set_all_config({}, [])
        set_mocks(monitor.mocks, "assistant", "test", preview=preview, monitor=monitor)
        try:
            yield
        finally:
            asyncio.set_event_loop(None)


def record(program: Callable[[], object], *, preview: bool = False, partition: str = "aws") -> Graph:
    """What `program` registers, as a preview or as an update; raises what it raises."""
    monitor = RecordingMonitor(AwsMocks(preview, partition))

    def run() -> None:  # what a program returns is not part of it
        program()

    with _fresh(monitor, preview):
        pulumi.runtime.test(run)()
    assert monitor.requests, "the program registered nothing"
    nodes = {urn: Node.of(urn, request) for urn, request in monitor.requests.items()}
    return Graph(nodes, dict(monitor.outputs), monitor.invokes)


def registered_by(program: Callable[[], object]) -> tuple[BaseException | None, list[str]]:
    """What a program that may fail raised, and the names of the resources that it registered all the same."""
    monitor = RecordingMonitor(AwsMocks(preview=False))
    raised: BaseException | None = None

    def run() -> None:
        nonlocal raised
        try:
            program()
        except Exception as error:
            raised = error

    with _fresh(monitor, preview=False):
        pulumi.runtime.test(run)()
    return raised, [request.name for request in monitor.requests.values()]
