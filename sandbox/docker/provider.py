"""The Docker stand-in: checks and plans without a daemon, and makes real resources with one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.docker.build import context_digest, host_platform
from sandbox.docker.check import complete, judge, without_marks
from sandbox.docker.daemon import Daemon, wrong_configuration
from sandbox.docker.facts import FACTS
from sandbox.docker.lookups import look_up
from sandbox.docker.plan import changes_of, foreseen, in_order, inputs_after_read, keeps_its_name
from sandbox.docker.properties import ResourceType, sdk_version, type_of
from sandbox.docker.resources import HANDLERS, Handler, Place
from sandbox.docker.resources.image import build_of, built_for_preview
from sandbox.provider.faults import Faults
from sandbox.provider.journal import Journal
from sandbox.provider.protocol import (
    CheckAnswer,
    CheckQuestion,
    DiffAnswer,
    Failure,
    InitFailedError,
    Kind,
    ProviderError,
    Resource,
    Stored,
)
from sandbox.provider.values import UNKNOWN, Secret, has_unknown, plain, seal

Values = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What the process was started with; shared by all provider instances in it."""

    directory: Path = field(default_factory=Path.cwd)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=lambda: Journal(None))


class DockerProvider:
    """One provider instance, for one daemon."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._place = Place(Daemon(), options.directory)

    # -- the provider itself

    @property
    def version(self) -> str:
        """The version of the SDK that programs use. The mark comes as build metadata: a pre-release would be older."""
        return f"{sdk_version()}+standin"

    def schema(self) -> str:
        """A schema that only names the package; programs have the SDK."""
        said = {"name": "docker", "version": self.version, "description": "stand-in, not the official provider"}
        return json.dumps(said)

    def check_config(self, news: Values) -> CheckAnswer:
        """Refuses unknown keys, and those that only the official provider can use."""
        return CheckAnswer(news, wrong_configuration(news))

    def diff_config(self, olds: Values, news: Values) -> DiffAnswer:
        """Another daemon holds other resources; nothing else of the configuration matters to them."""
        before, after = plain(olds.get("host")), plain(news.get("host"))
        return DiffAnswer({} if before == after else {"host": Kind.UPDATE_REPLACE})

    def configure(self, inputs: Values) -> None:
        """Takes the daemon's address and the registries' logins."""
        self._place = Place(Daemon(inputs), self._options.directory)

    def cancel(self) -> None:
        """What the daemon has begun it ends by itself; the next update finds it."""

    # -- checking and planning

    def check(self, question: CheckQuestion) -> CheckAnswer:
        """Every mistake at once; without mistakes the completed inputs."""
        token = question.resource.type
        type_ = type_of(token)
        if type_ is None:
            offered = ", ".join(sorted(FACTS))
            reason = f"{token}: the stand-in offers {offered} only; install the official provider for the rest"
            return CheckAnswer(question.news, [Failure("", reason)])
        failures = judge(type_, question.news)
        if failures:
            return CheckAnswer(question.news, failures)
        inputs, failures = complete(type_, question)
        if type_.name == "Image":
            inputs, failures = self._with_digest(inputs)
        elif type_.name == "Container":
            failures = [*failures, *_contradictions(inputs)]
        return CheckAnswer(inputs, failures)

    def diff(self, resource: Resource, old: Stored, news: Values, ignore: list[str]) -> DiffAnswer:
        """Compares what the state says with what the inputs want."""
        type_ = self._type(resource)
        changes = changes_of(type_, old.inputs, plain(old.outputs), news)
        kept = {path: kind for path, kind in changes.items() if not _ignored(path, ignore)}
        replaces = any(kind.replaces for kind in kept.values())
        first_deleted = type_.name == "Container" or keeps_its_name(news, old.outputs)
        return DiffAnswer(kept, replaces and first_deleted)

    # -- doing

    def create(self, resource: Resource, inputs: Values, preview: bool) -> tuple[str, Values]:
        """Makes the resource."""
        type_ = self._type(resource)
        if preview:
            return "", self._foreseen(type_, inputs, None)
        hit = self._options.faults.before("create", resource.type)
        wanted = without_marks(inputs)
        try:
            id, found = self._handler(type_).create(self._place, wanted)
        except InitFailedError as problem:
            self._options.journal.note("create", resource.urn, resource.type, problem.id)
            raise self._sealed_failure(type_, problem, inputs) from problem
        self._options.journal.note("create", resource.urn, resource.type, id)
        self._options.faults.after(hit, "create", resource.type)
        return id, seal(in_order(type_, wanted, found), inputs)

    def update(self, resource: Resource, old: Stored, news: Values, preview: bool) -> Values:
        """Changes the resource in place."""
        type_ = self._type(resource)
        before = plain(old.outputs)
        if preview:
            return self._foreseen(type_, news, before)
        hit = self._options.faults.before("update", resource.type)
        wanted = without_marks(news)
        try:
            found = self._handler(type_).update(self._place, old.id, before, wanted)
        except InitFailedError as problem:
            raise self._sealed_failure(type_, problem, news) from problem
        self._options.faults.after(hit, "update", resource.type)
        return seal(in_order(type_, wanted, found), news)

    def read(self, resource: Resource, old: Stored) -> Stored | None:
        """What is really there."""
        type_ = self._type(resource)
        hit = self._options.faults.before("read", resource.type)
        before = plain(old.outputs)
        found = self._handler(type_).read(self._place, old.id, before)
        self._options.faults.after(hit, "read", resource.type)
        if found is None:
            return None
        found = in_order(type_, before, found)
        inputs = inputs_after_read(type_, old.inputs, before, found)
        return Stored(old.id, inputs, seal(found, {**old.outputs, **old.inputs}))

    def delete(self, resource: Resource, old: Stored) -> None:
        """Removes the resource; gone already is fine."""
        type_ = self._type(resource)
        hit = self._options.faults.before("delete", resource.type)
        self._handler(type_).delete(self._place, old.id, plain(old.outputs))
        self._options.journal.note("delete", resource.urn, resource.type, old.id)
        self._options.faults.after(hit, "delete", resource.type)

    def invoke(self, token: str, args: Values, preview: bool) -> tuple[Values, list[Failure]]:
        """Answers a data source."""
        hit = self._options.faults.before("invoke", token)
        answer = look_up(self._place, token, without_marks(args))
        self._options.faults.after(hit, "invoke", token)
        return answer, []

    # -- what these have in common

    def _type(self, resource: Resource) -> ResourceType:
        type_ = type_of(resource.type)
        if type_ is None:
            raise ProviderError(f"{resource.type}: the stand-in does not offer it; install the official provider")
        return type_

    def _handler(self, type_: ResourceType) -> Handler:
        return HANDLERS[type_.name]

    def _foreseen(self, type_: ResourceType, inputs: Values, state: Values | None) -> Values:
        outputs = foreseen(type_, inputs, state)
        wanted = without_marks(inputs)
        if type_.name == "Image" and wanted.get("buildOnPreview") and not has_unknown(wanted):
            outputs |= built_for_preview(self._place, wanted)
        return seal(outputs, inputs)

    def _sealed_failure(self, type_: ResourceType, problem: InitFailedError, inputs: Values) -> InitFailedError:
        outputs = seal(in_order(type_, without_marks(inputs), problem.outputs), inputs)
        return InitFailedError(problem.id, outputs, problem.reasons)

    def _with_digest(self, inputs: Values) -> tuple[Values, list[Failure]]:
        """An image's inputs with a digest of the build context: the same context, no change."""
        given = inputs.get("build") or {}
        wanted = without_marks({"imageName": "", "build": given})
        if given is UNKNOWN or any(has_unknown(wanted["build"].get(name)) for name in ("context", "dockerfile")):
            return inputs, []
        where = build_of(wanted)
        try:
            digest = context_digest(self._options.directory, where.context, where.dockerfile)
        except (ProviderError, OSError) as problem:
            return inputs, [Failure("build", str(problem))]
        completed = {"platform": host_platform(), **(given.value if isinstance(given, Secret) else given)}
        completed["contextDigest"] = digest
        return {**inputs, "build": Secret(completed) if isinstance(given, Secret) else completed}, []


def _contradictions(inputs: Values) -> list[Failure]:
    if plain(inputs.get("start")) is False and plain(inputs.get("mustRun")) is True:
        reason = "start: got false, expected true for a container that must run; or set mustRun to false"
        return [Failure("start", reason)]
    return []


def _ignored(path: str, ignore: list[str]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in ignore)
