"""What a rule can answer: pass, fail or unknown, with its evidence."""

from dataclasses import dataclass
from enum import StrEnum

from assistant_policies.logic.kleene import Truth


class Answer(StrEnum):
    """PASS, FAIL and UNKNOWN come from rules; the others from the runner."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    WAIVED = "WAIVED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True)
class Verdict:
    """One answer of a rule about one resource; `found` names properties and never shows values that may be secret."""

    answer: Answer
    found: str


def passed(found: str = "") -> Verdict:
    """Proved from facts that are present in this run."""
    return Verdict(Answer.PASS, found)


def fail(found: str) -> Verdict:
    """Proved broken."""
    return Verdict(Answer.FAIL, found)


def unknown(missing: str) -> Verdict:
    """The facts that decide it are not known in this run, or are no facts of their kind; `missing` says which."""
    return Verdict(Answer.UNKNOWN, missing)


def judged(holds: Truth, *, broken: str, missing: str) -> Verdict:
    """The verdict for a truth: passes when it holds, else fails with what is broken, or says what is missing."""
    if holds is None:
        return unknown(missing)
    return passed() if holds else fail(broken)
