"""Reads the recordings of the real AWS provider's answers, and asks the stand-in the same over its real protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.provider.codec import decode, encode
from sandbox.provider.values import UNKNOWN, AssetRef, Secret

FILE = Path(__file__).parent / "data" / "aws-provider-recordings.json"
# The recorder wrote an archive as an empty secret; this stands in its place on both sides.
ARCHIVE = AssetRef("archive", assets={}, hash="ab" * 32)
_ARCHIVES = {("aws:lambda/function:Function", "code")}


@dataclass(frozen=True)
class Case:
    """What was recorded of one resource: its type, its name in the program, and the steps that were taken with it."""

    type: str
    name: str
    steps: dict[str, Any]

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::recorded::{self.type}::{self.name}"

    def values(self, step: str, part: str) -> dict[str, Any]:
        """Recorded properties as plain values."""
        held = {name: _plain(value) for name, value in self.steps[step][part].items()}
        return {name: ARCHIVE if (self.type, name) in _ARCHIVES else value for name, value in held.items()}


def _plain(value: Any) -> Any:
    if value == "<unknown>":
        return UNKNOWN
    if isinstance(value, dict):
        if set(value) == {"<secret>"}:
            return Secret(_plain(value["<secret>"]))
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def cases(step: str) -> list[Case]:
    """Every recorded resource that took this step."""
    recorded = json.loads(FILE.read_text())["types"]
    every = (Case(type, name, steps) for type, names in recorded.items() for name, steps in names.items())
    return [case for case in every if case.steps.get(step) is not None]


def comparable(value: Any) -> Any:
    """A value with the random part of names replaced: a name is the program's name and seven hexadecimal digits."""
    if isinstance(value, str):
        return re.sub(r"-[0-9a-f]{7}(?![0-9a-f])", "-#######", value)
    if isinstance(value, Secret):
        return Secret(comparable(value.value))
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    return [comparable(item) for item in value] if isinstance(value, list) else value


class Asking:
    """A client of the stand-in, in the engine's place."""

    def __init__(self, port: int) -> None:
        # As with the engine, every client has a connection of its own.
        own = [("grpc.use_local_subchannel_pool", 1)]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=own)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def close(self) -> None:
        """Ends the connection, and with it the provider's configuration."""
        self._channel.close()

    def configure(self, **inputs: Any) -> None:
        """Configures the provider of this connection."""
        self.stub.Configure(provider_pb2.ConfigureRequest(args=encode(inputs), acceptSecrets=True))

    def check(
        self, case: Case, news: dict[str, Any], olds: dict[str, Any] | None = None, **more: Any
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """(inputs, [(property, reason)])."""
        answer = self.stub.Check(
            provider_pb2.CheckRequest(urn=case.urn, news=encode(news), olds=encode(olds) if olds else None, **more)
        )
        return decode(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def create(self, case: Case, inputs: dict[str, Any], preview: bool) -> tuple[str, dict[str, Any]]:
        """(id, outputs)."""
        answer = self.stub.Create(provider_pb2.CreateRequest(urn=case.urn, properties=encode(inputs), preview=preview))
        return answer.id, decode(answer.properties)

    def diff(self, case: Case, id: str, olds: dict[str, Any], news: dict[str, Any]) -> Any:
        """The answer as it came."""
        return self.stub.Diff(
            provider_pb2.DiffRequest(id=id, urn=case.urn, olds=encode(olds), old_inputs=encode(news), news=encode(news))
        )

    def update(self, case: Case, id: str, olds: dict[str, Any], news: dict[str, Any], preview: bool) -> dict[str, Any]:
        """Outputs."""
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(id=id, urn=case.urn, olds=encode(olds), news=encode(news), preview=preview)
        )
        return decode(answer.properties)

    def read(self, case: Case, id: str, inputs: dict[str, Any], state: dict[str, Any]) -> Any:
        """The answer as it came."""
        return self.stub.Read(
            provider_pb2.ReadRequest(id=id, urn=case.urn, inputs=encode(inputs), properties=encode(state))
        )


def changed_inputs(case: Case) -> dict[str, Any]:
    """The inputs of the changed program: those of the update with what the recording says has changed."""
    inputs = case.values("check_update", "inputs")
    for name, (_, after) in case.steps["diff"]["changed"].items():
        inputs[name] = _plain(after)
    return inputs


def differing(got: dict[str, Any], recorded: dict[str, Any]) -> Iterator[str]:
    """One line for each property that is not as recorded."""
    absent = "(absent)"
    for name in sorted({*got, *recorded}):
        ours, theirs = got.get(name, absent), recorded.get(name, absent)
        if ours != theirs or type(ours) is not type(theirs):
            yield f"{name}: got {ours!r}, recorded {theirs!r}"
