"""Asks the Docker stand-in what the engine would ask: check, preview, difference, and the operations themselves."""

import contextlib
from pathlib import Path
from typing import Any

from sandbox.docker.provider import DockerProvider, Options
from sandbox.provider.protocol import CheckAnswer, CheckQuestion, DiffAnswer, ProviderError, Resource, Stored

Values = dict[str, Any]
IMAGE_ID = "sha256:" + "ab" * 32


class Engine:
    """A stand-in and the state of one resource after another."""

    def __init__(self, directory: Path | None = None, host: str = "unix:///nowhere/docker.sock") -> None:
        self.provider = DockerProvider(Options(directory or Path.cwd()))
        self.provider.configure({"host": host})

    def resource(self, type_: str, name: str = "it") -> Resource:
        """A resource of a type such as `Container`."""
        token = f"docker:index/{type_[0].lower()}{type_[1:]}:{type_}"
        return Resource(f"urn:pulumi:test::example::{token}::{name}", token, name)

    def check(self, type_: str, news: Values, olds: Values | None = None, seed: bytes = b"seed") -> CheckAnswer:
        """Judged and completed inputs."""
        return self.provider.check(CheckQuestion(self.resource(type_), news, olds, seed))

    def mistakes(self, type_: str, **news: Any) -> list[str]:
        """What is said about wrong inputs."""
        return [failure.reason for failure in self.check(type_, news).failures]

    def inputs(self, type_: str, **news: Any) -> Values:
        """Completed inputs of what must be right."""
        answer = self.check(type_, news)
        assert answer.failures == []
        return answer.inputs

    def planned(self, type_: str, **news: Any) -> Values:
        """Outputs that a preview of the creation shows."""
        return self.provider.create(self.resource(type_), self.inputs(type_, **news), preview=True)[1]

    def made(self, type_: str, **news: Any) -> Stored:
        """The resource, really made."""
        inputs = self.inputs(type_, **news)
        id, outputs = self.provider.create(self.resource(type_), inputs, preview=False)
        return Stored(id, inputs, outputs)

    def diff(self, type_: str, old: Stored, ignore: list[str] | None = None, /, **news: Any) -> DiffAnswer:
        """What changes when the program says `news` from now on."""
        checked = self.check(type_, news, old.inputs)
        assert checked.failures == []
        return self.provider.diff(self.resource(type_), old, checked.inputs, ignore or [])

    def updated(self, type_: str, old: Stored, **news: Any) -> Stored:
        """The resource after a change in place."""
        inputs = self.check(type_, news, old.inputs).inputs
        return Stored(old.id, inputs, self.provider.update(self.resource(type_), old, inputs, preview=False))

    def read(self, type_: str, old: Stored) -> Stored | None:
        """What is really there."""
        return self.provider.read(self.resource(type_), old)

    def delete(self, type_: str, old: Stored) -> None:
        """Removes the resource."""
        self.provider.delete(self.resource(type_), old)


class Keeper(Engine):
    """Removes at the end whatever was made."""

    def __init__(self, directory: Path, host: str) -> None:
        super().__init__(directory, host)
        self.kept: list[tuple[str, Stored]] = []

    def made(self, type_: str, **news: Any) -> Stored:
        """The resource, really made, until `clear`."""
        made = super().made(type_, **news)
        self.kept.insert(0, (type_, made))
        return made

    def clear(self) -> None:
        """Ends the test: what it has made goes, the newest first."""
        for type_, made in self.kept:
            with contextlib.suppress(ProviderError):
                self.delete(type_, made)
