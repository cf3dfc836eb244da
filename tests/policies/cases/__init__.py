"""Cases of all rules, one file per family."""

from tests.policies.cases import data, edge, gov, iam, net, obs, rel, sec, srv
from tests.policies.kit.case import Case, Kind

CASES: list[Case] = [
    *data.CASES, *edge.CASES, *gov.CASES, *iam.CASES, *net.CASES, *obs.CASES, *rel.CASES, *sec.CASES, *srv.CASES,
]  # fmt: skip

_LITERAL = "the rule reads literals of one resource; an edge cannot decide them"
# Kinds that cannot exist for a rule, with the reason.
IMPOSSIBLE: dict[tuple[str, Kind], str] = {
    ("ASSIST-IAM-008", Kind.PASSES): "that the resource exists is the failure",
    ("ASSIST-IAM-008", Kind.BOUNDARY): "there is no limit: it exists or it does not",
    ("ASSIST-IAM-008", Kind.UNKNOWN_WITH_EDGE): "existence is always known",
    ("ASSIST-IAM-008", Kind.UNKNOWN_WITHOUT_EDGE): "existence is always known",
    ("ASSIST-DATA-004", Kind.UNKNOWN_WITH_EDGE): _LITERAL,
    ("ASSIST-DATA-008", Kind.UNKNOWN_WITH_EDGE): _LITERAL,
    ("ASSIST-EDGE-010", Kind.UNKNOWN_WITH_EDGE): _LITERAL,
    ("ASSIST-GOV-001", Kind.UNKNOWN_WITH_EDGE): _LITERAL,
    ("ASSIST-OBS-001", Kind.UNKNOWN_WITH_EDGE): _LITERAL,
    ("ASSIST-SRV-001", Kind.UNKNOWN_WITH_EDGE): _LITERAL,
    ("ASSIST-SRV-006", Kind.UNKNOWN_WITH_EDGE): _LITERAL,
}
