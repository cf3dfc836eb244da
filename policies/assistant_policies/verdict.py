"""What a rule can answer: pass, fail or unknown, with its evidence; and how answers combine (strong Kleene logic)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


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
    """The facts that decide it are not known in this run; `missing` says which."""
    return Verdict(Answer.UNKNOWN, missing)


def both(answers: Iterable[Answer]) -> Answer:
    """Kleene `and`: any FAIL fails, else any UNKNOWN is unknown, else it passes."""
    given = set(answers)
    if Answer.FAIL in given:
        return Answer.FAIL
    return Answer.UNKNOWN if Answer.UNKNOWN in given else Answer.PASS


def either(answers: Iterable[Answer]) -> Answer:
    """Kleene `or`: any PASS passes, else any UNKNOWN is unknown, else it fails."""
    return opposite(both(opposite(answer) for answer in answers))


def opposite(answer: Answer) -> Answer:
    """Kleene `not`: swaps PASS and FAIL, keeps UNKNOWN."""
    return {Answer.PASS: Answer.FAIL, Answer.FAIL: Answer.PASS}.get(answer, answer)
