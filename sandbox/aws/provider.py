"""The AWS stand-in: checks and plans by the facts, and makes resources in the embedded cloud or on paper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox.aws.call import Call
from sandbox.aws.check import judge
from sandbox.aws.complete import complete
from sandbox.aws.config import Configuration, read_configuration, wrong_configuration
from sandbox.aws.facts import TypeFacts, facts_of
from sandbox.aws.handler import Handler
from sandbox.aws.imports import inputs_after_read
from sandbox.aws.naming import shape_of
from sandbox.aws.paper import fabricate
from sandbox.aws.places import partition_of
from sandbox.aws.plan import Setting, difference, keeps_its_name, plan, that_count
from sandbox.aws.sdk import sdk_version
from sandbox.aws.settle import sealed, settle, without_marks
from sandbox.aws.tags import with_all_tags, with_own_tags
from sandbox.provider.faults import Faults
from sandbox.provider.journal import Journal
from sandbox.provider.protocol import (
    CheckAnswer,
    CheckQuestion,
    DiffAnswer,
    Failure,
    Kind,
    ProviderError,
    Resource,
    Stored,
)
from sandbox.provider.values import plain

if TYPE_CHECKING:
    import boto3

Values = dict[str, Any]
DEFAULT_ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Options:
    """What the process was started with; shared by all provider instances in it."""

    endpoint: str | None = None
    account: str = DEFAULT_ACCOUNT
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=lambda: Journal(None))


class AwsProvider:
    """One provider instance. Without an embedded cloud it remembers nothing: what the state says is what is there."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._configuration = Configuration()

    # -- the provider itself

    @property
    def version(self) -> str:
        """The version of the SDK that programs use. The mark comes as build metadata: a pre-release would be older."""
        return f"{sdk_version()}+standin"

    def schema(self) -> str:
        """A schema that only names the package; programs have the SDK."""
        return json.dumps(
            {"name": "aws", "version": self.version, "description": "stand-in, not the official provider"}
        )

    def check_config(self, news: Values) -> CheckAnswer:
        """Refuses unknown keys and a missing or impossible region."""
        return CheckAnswer(news, wrong_configuration(news))

    def diff_config(self, olds: Values, news: Values) -> DiffAnswer:
        """A changed configuration is taken over; it replaces no resource by itself."""
        names = {**olds, **news}
        return DiffAnswer({name: Kind.UPDATE for name in names if plain(olds.get(name)) != plain(news.get(name))})

    def configure(self, inputs: Values) -> None:
        """Takes region and default tags."""
        self._configuration = read_configuration(inputs)

    def cancel(self) -> None:
        """Calls are short; there is nothing to give up."""

    # -- checking and planning

    def check(self, question: CheckQuestion) -> CheckAnswer:
        """Every mistake at once; without mistakes the completed inputs."""
        facts = facts_of(question.resource.type)
        if facts is None:
            reason = (
                f"{question.resource.type}: no such resource type in the AWS SDK {sdk_version()}; check the SDK version"
            )
            return CheckAnswer(question.news, [Failure("", reason)])
        failures = judge(facts, question.news)
        inputs, more = complete(facts, question)
        # Names are made here, so the rules about names look at them too.
        failures += more or judge(facts, inputs)
        return CheckAnswer(inputs, list(dict.fromkeys(failures)))

    def diff(self, resource: Resource, old: Stored, news: Values, ignore: list[str]) -> DiffAnswer:
        """Compares what the state says with what these inputs would make of it."""
        facts = self._facts(resource)
        before = plain(old.outputs)
        changes = difference(facts, before, plan(facts, news, before, self._setting))
        kept = that_count(facts, changes, ignore)
        replaces = any(kind.replaces for kind in kept.values())
        return DiffAnswer(kept, replaces and keeps_its_name(facts, before, news))

    # -- doing

    def create(self, resource: Resource, inputs: Values, preview: bool) -> tuple[str, Values]:
        """Makes it in the embedded cloud, or on paper when there is none."""
        facts = self._facts(resource)
        planned = plan(facts, inputs, None, self._setting)
        if preview:
            return "", sealed(facts, planned, inputs)
        default = self._configuration.default_tags
        hit = self._options.faults.before("create", resource.type)
        handler = self._handler(resource)
        if handler is None:
            id, made = fabricate(facts, resource, planned, self._configuration.region, self._options.account)
        else:
            id, made = handler.create(
                self._call(resource, inputs), with_all_tags(without_marks(inputs), planned, default)
            )
        outputs = {**settle(facts, planned, with_own_tags(inputs, made, default)), "id": id}
        self._options.journal.note("create", resource.urn, resource.type, id)
        self._options.faults.after(hit, "create", resource.type)
        return id, sealed(facts, outputs, inputs)

    def update(self, resource: Resource, old: Stored, news: Values, preview: bool) -> Values:
        """Changes it in place."""
        facts = self._facts(resource)
        before = plain(old.outputs)
        planned = plan(facts, news, before, self._setting)
        if preview:
            return sealed(facts, planned, news)
        default = self._configuration.default_tags
        hit = self._options.faults.before("update", resource.type)
        handler = self._handler(resource)
        if handler is None:
            _, made = fabricate(facts, resource, planned, self._configuration.region, self._options.account, before)
        else:
            made = handler.update(
                self._call(resource, news), old.id, before, with_all_tags(without_marks(news), planned, default)
            )
        outputs = {**settle(facts, planned, with_own_tags(news, made, default)), "id": old.id}
        self._options.faults.after(hit, "update", resource.type)
        return sealed(facts, outputs, news)

    def read(self, resource: Resource, old: Stored) -> Stored | None:
        """What the embedded cloud holds; without one, what the state says."""
        facts = self._facts(resource)
        default = self._configuration.default_tags
        hit = self._options.faults.before("read", resource.type)
        handler = self._handler(resource)
        before = plain(old.outputs)
        if handler is None:
            found: Values | None = before or self._on_paper(facts, resource, old.id)
        else:
            found = handler.read(self._call(resource, old.inputs), old.id, before)
            if found is None and not before and old.inputs:
                # A creation whose answer was lost has no outputs; where an id does not say it all, its inputs do.
                call = self._call(resource, old.inputs)
                found = handler.read(call, old.id, {"region": call.region, **without_marks(old.inputs)})
        self._options.faults.after(hit, "read", resource.type)
        if found is None:
            return None
        wanted = before or dict.fromkeys(facts.properties)
        outputs = {**settle(facts, wanted, with_own_tags(old.inputs, found, default)), "id": old.id}
        inputs = inputs_after_read(facts, old.inputs, before, outputs)
        return Stored(old.id, inputs, sealed(facts, outputs, {**old.outputs, **old.inputs}))

    def delete(self, resource: Resource, old: Stored) -> None:
        """Removes it; gone already is fine."""
        hit = self._options.faults.before("delete", resource.type)
        handler = self._handler(resource)
        if handler is not None:
            handler.delete(self._call(resource, old.outputs), old.id, plain(old.outputs))
        self._options.journal.note("delete", resource.urn, resource.type, old.id)
        self._options.faults.after(hit, "delete", resource.type)

    def invoke(self, token: str, args: Values, preview: bool) -> tuple[Values, list[Failure]]:
        """Answers a data source."""
        from sandbox.aws.sources import answer

        hit = self._options.faults.before("invoke", token)
        found = answer(token, args, self._call(Resource("", token, ""), args))
        self._options.faults.after(hit, "invoke", token)
        return found

    # -- what these have in common

    @property
    def _setting(self) -> Setting:
        return Setting(self._configuration.region, self._configuration.default_tags)

    def _facts(self, resource: Resource) -> TypeFacts:
        facts = facts_of(resource.type)
        if facts is None:
            raise ProviderError(f"{resource.type}: no such resource type in the AWS SDK {sdk_version()}")
        return facts

    def _handler(self, resource: Resource) -> Handler | None:
        if self._options.endpoint is None:
            return None
        from sandbox.aws.services import HANDLERS

        return HANDLERS.get(resource.type)

    def _call(self, resource: Resource, values: Mapping[str, Any]) -> Call:
        given = plain(values.get("region"))
        region = given if isinstance(given, str) and given else self._configuration.region
        options = self._options
        # Without an embedded cloud nobody asks for the session, and importing it would slow every preview down.
        session: Any = self._session if options.endpoint else None
        return Call(session, options.endpoint, region, options.account, partition_of(region), resource.urn)

    @cached_property
    def _session(self) -> boto3.Session:
        import boto3

        # The embedded cloud takes the access key for the account; real credentials have no business there.
        return boto3.Session(aws_access_key_id=self._options.account, aws_secret_access_key="standin")

    def _on_paper(self, facts: TypeFacts, resource: Resource, id: str) -> Values:
        """A resource that the program only looks up: its id is all that is known, its name is taken for the same."""
        shape = shape_of(facts)
        named = {shape.property: id.rpartition("/")[2].rpartition(":")[2]} if shape else {}
        planned = {**plan(facts, named, None, self._setting), "id": id}
        _, made = fabricate(facts, resource, planned, self._configuration.region, self._options.account)
        return settle(facts, planned, made)
