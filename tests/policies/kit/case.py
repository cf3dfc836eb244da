"""Cases of a rule: resources, of which the first is judged, and the answer that is expected."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from assistant_policies.facts.stack import Stack
from assistant_policies.registry import Context, Rule, all_rules
from assistant_policies.runner import judge
from assistant_policies.settings import Settings, load
from assistant_policies.verdict import Answer
from tests.policies.kit.resources import R, facts


class Kind(Enum):
    """What a case is about; every rule needs one of each, or a reason."""

    PASSES = "passes"
    FAILS = "fails"
    BOUNDARY = "boundary"
    """Just on one side of a limit, or nearly something else."""
    UNKNOWN_WITH_EDGE = "unknown with an edge"
    UNKNOWN_WITHOUT_EDGE = "unknown without an edge"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Case:
    """One case; `rule` is filled in by `of`."""

    kind: Kind
    name: str
    resources: tuple[R, ...]
    expected: Answer
    environment: str = "staging"
    rule: str = ""
    says: str = ""
    """A text that one of the verdicts must hold."""

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.name}"


def of(rule: str, *cases: Case) -> list[Case]:
    """The cases of one rule."""
    return [replace(case, rule=rule) for case in cases]


def passes(name: str, *resources: R, environment: str = "staging") -> Case:
    return Case(Kind.PASSES, name, resources, Answer.PASS, environment)


def fails(name: str, *resources: R, says: str = "", environment: str = "staging") -> Case:
    return Case(Kind.FAILS, name, resources, Answer.FAIL, environment, says=says)


def boundary(name: str, expected: Answer, *resources: R, environment: str = "staging") -> Case:
    return Case(Kind.BOUNDARY, name, resources, expected, environment)


def with_edge(name: str, expected: Answer, *resources: R, environment: str = "staging") -> Case:
    """Values that are not known, with the reference from which they come."""
    return Case(Kind.UNKNOWN_WITH_EDGE, name, resources, expected, environment)


def without_edge(name: str, *resources: R, environment: str = "staging") -> Case:
    return Case(Kind.UNKNOWN_WITHOUT_EDGE, name, resources, Answer.UNKNOWN, environment)


def not_applicable(name: str, *resources: R) -> Case:
    return Case(Kind.NOT_APPLICABLE, name, resources, Answer.NOT_APPLICABLE)


RULES: dict[str, Rule] = {rule.id: rule for rule in all_rules()}
SETTINGS: dict[str, Settings] = {
    name: load({"ASSIST_ENVIRONMENT": name}) for name in ("local", "dev", "staging", "prod")
}


def together(answers: Iterable[Answer]) -> Answer:
    """The one answer of a rule about a resource: the worst of all; none is not applicable."""
    given = set(answers)
    for answer in (Answer.INTERNAL, Answer.FAIL, Answer.WAIVED, Answer.UNKNOWN, Answer.PASS):
        if answer in given:
            return answer
    return Answer.NOT_APPLICABLE


def answer(rule: Rule, resources: tuple[R, ...], environment: str) -> Answer:
    """What the rule says about the first resource."""
    return together(result[0] for result in found(rule, facts(resources), resources[0], environment))


def found(rule: Rule, stack: Stack, judged: R, environment: str) -> list[tuple[Answer, str]]:
    """Answers and texts of the rule about one resource."""
    resource = stack.resources[judged.urn()]
    if not rule.concerns(resource):
        return []
    return [(one.answer, one.message) for one in judge(rule, resource, Context(stack, SETTINGS[environment]))]
