"""One run of the pack: collects facts as resources register, judges the whole stack at the end, and starts afresh."""

import os
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from assistant_policies import waivers as waiver_files
from assistant_policies.facts.model import Resource
from assistant_policies.facts.stack import Stack
from assistant_policies.facts.values import plain
from assistant_policies.registry import Rule, Scope, all_rules
from assistant_policies.runner import Result, judge_all, level_of, with_waivers
from assistant_policies.settings import Level, Settings
from assistant_policies.verdict import Answer


class Run:
    """Holds what one preview or update has shown so far. The SDK's server calls from several threads."""

    def __init__(
        self,
        settings: Settings,
        directory: Path,
        rules: list[Rule] | None = None,
        variables: Mapping[str, str] = os.environ,
    ) -> None:
        self.settings = settings
        self.settled = False
        self.rules = all_rules() if rules is None else rules
        self.waivers, self.waiver_mistakes = waiver_files.load(variables, beside=directory)
        self._lock = threading.RLock()
        self._inputs: dict[str, dict[str, Any]] = {}
        self._judged: dict[str, list[Result]] = {}
        self._open: set[tuple[str, str]] = set()
        """Documents' rules that could not decide yet, by rule and URN: they are asked again over the whole stack."""
        self._stack_results: list[Result] | None = None
        self.faults: list[str] = []
        """Failures of the pack itself, by what it was judging: what they hide is not known, so they stop the update."""

    def settle(self, settings: Settings) -> None:
        """Takes the settings of the environment that the run has turned out to be for, before anything is judged."""
        self.settings, self.settled = settings, True

    @staticmethod
    def today() -> date:
        """The day on which waivers are judged."""
        return datetime.now(UTC).date()

    def resource(self, args: Any) -> list[Result]:
        """Judges one resource by the rules that need nothing else; called once for each level, judged once."""
        with self._lock:
            inputs: dict[str, Any] = plain(args.props)
            if self._inputs.get(args.urn) != inputs or args.urn not in self._judged:
                self._inputs[args.urn] = inputs
                provider = plain(args.provider.props) if args.provider else {}
                resource = Resource(args.urn, args.resource_type, inputs, provider=provider)
                rules = [rule for rule in self.rules if rule.scope is not Scope.STACK]
                results = judge_all(rules, [resource], Stack([resource]), self.settings)
                self._judged[args.urn] = self._waived(self._decided(args.urn, results))
            return self._judged[args.urn]

    def stack(self, args: Any) -> list[Result]:
        """Judges the whole stack by what needs edges, and what could not be decided without them; judged once."""
        with self._lock:
            if self._stack_results is None:
                stack = Stack(self._fact(resource) for resource in args.resources)
                left = {
                    rule: [r for r in stack.resources.values() if not self._is_judged(rule, r)] for rule in self.rules
                }
                results = [r for rule, rest in left.items() for r in judge_all([rule], rest, stack, self.settings)]
                told = {result for judged in self._judged.values() for result in judged}
                self._stack_results = [result for result in self._waived(results) if result not in told]
            return self._stack_results

    def everything(self) -> list[Result]:
        """All results so far, single resources first; a rule that concerned nothing has one of its own."""
        with self._lock:
            results = [result for judged in self._judged.values() for result in judged] + (self._stack_results or [])
            used = {result.rule.id for result in results}
            idle = [Result(rule, "", Answer.NOT_APPLICABLE, "") for rule in self.rules if rule.id not in used]
            return results + idle

    def begin_again(self) -> None:
        """Forgets the run: the same process may judge a preview and then the update."""
        with self._lock:
            self._inputs.clear()
            self._judged.clear()
            self._open.clear()
            self._stack_results = None
            self.faults.clear()

    def fault(self, where: str, error: Exception) -> None:
        """Remembers that the pack failed by itself; the error's text may hold a value, so only its kind is kept."""
        with self._lock:
            if (told := f"the pack failed on {where}: {type(error).__name__}") not in self.faults:
                self.faults.append(told)

    def told_at(self, results: list[Result], level: Level) -> list[Result]:
        """The failures that have this level in the run's environment."""
        return [result for result in results if result.answer is Answer.FAIL and self.level(result) is level]

    def advisory(self) -> list[Result]:
        """What is told and never stops anything by itself: undecided, waived, failed rules."""
        told = {Answer.UNKNOWN, Answer.WAIVED, Answer.INTERNAL}
        return [r for r in self.everything() if r.answer in told and self.level(r) is not Level.OFF]

    def summary(self) -> Counter[str]:
        """How many results of each kind."""
        return Counter(result.answer.value for result in self.everything())

    def level(self, result: Result) -> Level:
        """What a result does in this environment."""
        return level_of(result, self.settings)

    def _decided(self, urn: str, results: list[Result]) -> list[Result]:
        """The results without those of documents' rules that are asked again; their failures are told at once."""
        again = {r.rule.id for r in results if r.rule.scope is Scope.DOCUMENT and r.answer is Answer.UNKNOWN}
        self._open = {key for key in self._open if key[1] != urn} | {(id, urn) for id in again}
        return [result for result in results if result.rule.id not in again or result.answer is Answer.FAIL]

    def _is_judged(self, rule: Rule, resource: Resource) -> bool:
        """True when the rule has said what it has to say about the resource before the stack was whole."""
        if rule.scope is Scope.STACK or resource.urn not in self._judged:  # such as a run on recorded state
            return False
        return (rule.id, resource.urn) not in self._open

    def _waived(self, results: Iterable[Result]) -> list[Result]:
        return with_waivers(results, self.waivers, self.settings, self.today())

    def _fact(self, resource: Any) -> Resource:
        outputs: dict[str, Any] = plain(resource.props)
        edges = {
            name: tuple(dependency.urn for dependency in dependencies)
            for name, dependencies in resource.property_dependencies.items()
        }
        return Resource(
            urn=resource.urn,
            type=resource.resource_type,
            # Absence is judged on what the program asked for: outputs also hold what the provider filled in.
            inputs=self._inputs.get(resource.urn, outputs),
            outputs=outputs,
            edges=edges,
            parent=resource.parent.urn if resource.parent else None,
            provider=plain(resource.provider.props) if resource.provider else {},
        )
