"""Rules about the run itself: GOV-101 (waivers are valid) and GOV-102 (what is undecided is counted, not dropped)."""

from collections import Counter

from assistant_policies.registry import Severity
from assistant_policies.run import Run
from assistant_policies.settings import STRICTEST, Level
from assistant_policies.verdict import Answer

WAIVERS = "ASSIST-GOV-101"
UNDECIDED = "ASSIST-GOV-102"


TITLES = {
    WAIVERS: "Waivers are valid, owned and not expired",
    UNDECIDED: "What cannot be decided is counted against its limit, and no rule fails by itself",
}


def mistakes(run: Run) -> list[str]:
    """What stops the update because of the run itself; empty when all is well."""
    return _waivers(run) + _undecided(run)


def unused_waivers(run: Run) -> list[str]:
    """Ids and targets of valid waivers that covered nothing; told, never fatal."""
    used = [result.waived_by for result in run.everything()]
    here = [w for w in run.waivers if run.settings.environment in w.environments]
    return [f"{waiver.id} for {waiver.target}" for waiver in here if waiver not in used]


def _waivers(run: Run) -> list[str]:
    told = [f"[{WAIVERS}] FAIL - {mistake} - fix: mend or remove the entry" for mistake in run.waiver_mistakes]
    for waiver in run.waivers:
        if waiver.expiry < run.today() and run.settings.environment in waiver.environments:
            told.append(
                f"[{WAIVERS}] FAIL - the waiver of {waiver.id} for {waiver.target} expired on {waiver.expiry} "
                f"- fix: mend what it covers, or let {waiver.owner} decide again"
            )
    known = {rule.id for rule in run.rules}
    told += [
        f"[{WAIVERS}] FAIL - the waiver of {waiver.id} for {waiver.target} names a rule that does not exist "
        "- fix: mend or remove the entry"
        for waiver in run.waivers
        if waiver.id not in known
    ]
    critical = {rule.id for rule in run.rules if rule.severity is Severity.CRITICAL}
    if run.settings.environment == STRICTEST:
        told += [
            f"[{WAIVERS}] FAIL - {waiver.id} is critical and cannot be waived in {STRICTEST} - fix: remove the entry"
            for waiver in run.waivers
            if waiver.id in critical and STRICTEST in waiver.environments
        ]
    return told


def _undecided(run: Run) -> list[str]:
    results = run.everything()
    told = [
        f"[{UNDECIDED}] FAIL - rule {result.rule.id} failed on {result.urn}: {result.found} - fix: report it; until "
        f"it is mended, a file in ASSIST_SETTINGS may switch gate {result.rule.gate} off"
        for result in results
        if result.answer is Answer.INTERNAL and run.level(result) is not Level.OFF
    ]
    told += [f"[{UNDECIDED}] FAIL - {fault} - fix: report it" for fault in run.faults]
    counts = Counter(result.rule.gate for result in results if result.answer is Answer.UNKNOWN)
    for gate, limit in run.settings.undetermined_max.items():
        if limit is not None and counts[gate] > limit and run.settings.gates[gate] is not Level.OFF:
            told.append(
                f"[{UNDECIDED}] FAIL - {counts[gate]} verdicts of gate {gate} are unknown, expected at most {limit} "
                "- fix: give the values that the advisory lines name"
            )
    return told
