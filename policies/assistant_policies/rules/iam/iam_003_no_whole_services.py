"""ASSIST-IAM-003."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import UNKNOWN
from assistant_policies.logic.identity import IDENTITY_TYPES, each_document
from assistant_policies.logic.kleene import Truth, opposite, some
from assistant_policies.logic.statements import Statement, allows, listed
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, judged, passed, unknown


@rule(
    "ASSIST-IAM-003",
    title="No policy gives every right of a service",
    types=list(IDENTITY_TYPES),
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.DOCUMENT,
    why="new actions of the service are allowed the day they appear",
    fix="name the actions in the statement",
    refs=["FSBP IAM.21"],
)
def no_whole_services(resource: Resource, cx: Context) -> Iterable[Verdict]:
    for place, said in each_document(resource):
        if isinstance(said, str):
            yield unknown(f"{place} {said}")
            continue
        yield judged(
            opposite(some(allows(one, _whole_service(one)) for one in said)),
            broken=f"{place} allows every action of a service",
            missing=f"{place} may allow every action of a service: a statement in it is not known or not valid",
        )
    yield passed()


def _whole_service(statement: Statement) -> Truth:
    """True for service:*, for * and for NotAction, which leaves out some actions and allows whole services."""
    if statement.excepts_actions():
        return True
    actions = listed(statement.said.get("Action", UNKNOWN))
    return some(_is_whole(action) if isinstance(action, str) else None for action in actions)


def _is_whole(action: str) -> bool:
    _, colon, rest = action.partition(":")
    return not (rest if colon else action).strip("*?")
