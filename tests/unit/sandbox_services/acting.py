"""The AWS stand-in bound to an embedded cloud, asked in plain Python the way the engine asks it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from sandbox.aws.provider import AwsProvider, Options
from sandbox.provider.assets import AssetRef
from sandbox.provider.protocol import CheckQuestion, Resource, Stored
from sandbox.provider.values import plain

ACCOUNT = "123456789012"
Values = dict[str, Any]


@dataclass
class Made:
    """A resource as the state would hold it."""

    resource: Resource
    id: str
    inputs: Values
    outputs: Values

    def __getitem__(self, name: str) -> Any:
        return plain(self.outputs[name])

    @property
    def stored(self) -> Stored:
        return Stored(self.id, self.inputs, self.outputs)


@dataclass
class Acting:
    """One provider instance. `made` is everything that was made through it and not removed, in order."""

    endpoint: str
    region: str = "us-east-1"
    made: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.provider = AwsProvider(Options(endpoint=self.endpoint))
        self.provider.configure({"region": self.region})

    def client(self, service: str, **credentials: Any) -> Any:
        """A client of the account's root, or of other credentials."""
        keys = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return boto3.client(service, region_name=self.region, endpoint_url=self.endpoint, config=config, **keys)

    def inputs(self, token: str, name: str, news: Values, olds: Values | None = None) -> Values:
        """Checked and completed inputs."""
        resource = Resource(f"urn:pulumi:test::test::{token}::{name}", token, name)
        answer = self.provider.check(CheckQuestion(resource, news, olds))
        assert answer.failures == []
        return answer.inputs

    def create(self, token: str, name: str = "it", /, **news: Any) -> Made:
        """Makes a resource."""
        resource = Resource(f"urn:pulumi:test::test::{token}::{name}", token, name)
        inputs = self.inputs(token, name, news)
        id, outputs = self.provider.create(resource, inputs, preview=False)
        made = Made(resource, id, inputs, outputs)
        self.made.append(made)
        return made

    def read(self, made: Made) -> Stored | None:
        """What a refresh finds."""
        return self.provider.read(made.resource, made.stored)

    def lookup(self, token: str, id: str) -> Stored | None:
        """What an import finds."""
        return self.provider.read(Resource(f"urn:pulumi:test::test::{token}::it", token, "it"), Stored(id))

    def changes(self, made: Made, **news: Any) -> dict[str, str]:
        """What an update with these inputs would change: property -> kind."""
        inputs = self.inputs(made.resource.type, made.resource.name, {**_given(made), **news}, made.inputs)
        answer = self.provider.diff(made.resource, made.stored, inputs, [])
        return {name: kind.name for name, kind in answer.changes.items()}

    def update(self, made: Made, **news: Any) -> Made:
        """Changes a resource; None as a value leaves the input out."""
        inputs = self.inputs(made.resource.type, made.resource.name, {**_given(made), **news}, made.inputs)
        outputs = self.provider.update(made.resource, made.stored, inputs, preview=False)
        made.inputs, made.outputs = inputs, outputs
        return made

    def delete(self, made: Made) -> None:
        """Removes a resource."""
        self.provider.delete(made.resource, made.stored)
        if made in self.made:
            self.made.remove(made)


def _given(made: Made) -> Values:
    added = made.inputs.get("__defaults") or []
    return {name: value for name, value in made.inputs.items() if name not in added and name != "__defaults"}


def eventually(ask: Callable[[], Any], seconds: float = 15) -> Any:
    """The first true answer; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"nothing within {seconds} s"
        time.sleep(0.02)
    return answer


def archive(directory: Path, source: str, name: str = "main") -> AssetRef:
    """A zip file with one module, as the engine hands over a FileArchive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(zipfile.ZipInfo(f"{name}.py"), source)
    path = directory / f"{abs(hash(source))}.zip"
    path.write_bytes(buffer.getvalue())
    return AssetRef("archive", path=str(path))
