"""Runs rules over resources. A rule that raises does not end the run: it becomes a verdict that names the rule."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from assistant_policies.facts.model import Resource
from assistant_policies.facts.stack import Stack
from assistant_policies.registry import Context, Rule
from assistant_policies.settings import Level, Settings
from assistant_policies.verdict import Answer, Verdict
from assistant_policies.waivers import Waiver, waiver_for


@dataclass(frozen=True)
class Result:
    """One verdict of a run; `waived_by` when a waiver took a FAIL back."""

    rule: Rule
    urn: str
    answer: Answer
    found: str
    waived_by: Waiver | None = None

    @property
    def message(self) -> str:
        """One line for a person: what, where, why, how to mend it."""
        rule = self.rule
        parts = [
            f"[{rule.id}] {self.answer} {self.urn}",
            f"{self.found or rule.title} (gate {rule.gate}, {rule.severity})",
        ]
        if self.answer is Answer.WAIVED and self.waived_by:
            waiver = self.waived_by
            parts.append(f"waived until {waiver.expiry} by {waiver.owner}: {waiver.reason}")
        elif self.answer in {Answer.FAIL, Answer.UNKNOWN}:
            parts += [f"why: {rule.why}", f"fix: {rule.fix}"]
        return " - ".join(parts)


def judge(rule: Rule, resource: Resource, context: Context) -> list[Result]:
    """What one rule says about one resource: every failure and every unknown, or one pass."""
    verdicts: list[Verdict] = []
    try:
        verdicts.extend(rule.check(resource, context))  # what it said before it failed is kept
    except Exception as error:  # a fault of the rule, not of the program that is judged
        verdicts.append(Verdict(Answer.INTERNAL, f"the rule itself failed: {type(error).__name__}"))
    telling = [verdict for verdict in verdicts if verdict.answer is not Answer.PASS]
    kept = dict.fromkeys(telling) if telling else verdicts[:1]
    return [Result(rule, resource.urn, verdict.answer, verdict.found) for verdict in kept]


def judge_all(rules: Iterable[Rule], resources: Iterable[Resource], stack: Stack, settings: Settings) -> list[Result]:
    """Every rule over every resource that it concerns, in the order of the rules."""
    context = Context(stack, settings)
    judged = list(resources)
    return [
        result
        for rule in rules
        for resource in judged
        if rule.concerns(resource)
        for result in judge(rule, resource, context)
    ]


def with_waivers(results: Iterable[Result], waivers: list[Waiver], settings: Settings, today: date) -> list[Result]:
    """Results with the failures that a valid waiver covers taken back. Nothing else can be waived."""
    told: list[Result] = []
    for result in results:
        failed = result.answer is Answer.FAIL
        waiver = waiver_for(waivers, result.rule, result.urn, settings.environment, today) if failed else None
        told.append(replace(result, answer=Answer.WAIVED, waived_by=waiver) if waiver else result)
    return told


def level_of(result: Result, settings: Settings) -> Level:
    """What a result does in this environment. What cannot be decided is told, and stops nothing by itself."""
    of_gate = settings.gates[result.rule.gate]
    if result.answer is Answer.FAIL or of_gate is Level.OFF:
        return of_gate
    if result.answer is Answer.INTERNAL:
        return Level.MANDATORY  # by the rule about rules that fail
    return Level.OFF if result.answer in {Answer.PASS, Answer.NOT_APPLICABLE} else Level.ADVISORY
