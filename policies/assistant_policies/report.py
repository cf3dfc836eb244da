"""Results as data, for pipelines: a JSON file named by ASSIST_POLICY_REPORT."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from assistant_policies import governance
from assistant_policies.run import Run
from assistant_policies.settings import Level
from assistant_policies.verdict import Answer

FILE_VARIABLE = "ASSIST_POLICY_REPORT"
PACK = "assistant-policies"


def as_data(run: Run) -> dict[str, Any]:
    """Everything that a run has shown: rules, results with their level, counts; the rules about the run itself last."""
    about_the_run = [
        {
            "rule": message[1:].partition("]")[0],
            "urn": "",
            "verdict": Answer.FAIL.value,
            "level": Level.MANDATORY.value,
            "message": message,
        }
        for message in governance.mistakes(run)
    ]
    return {
        "pack": PACK,
        "version": pack_version(),
        "environment": run.settings.environment,
        "rules": [
            {"id": r.id, "title": r.title, "gate": r.gate, "severity": r.severity.value, "scope": r.scope.value}
            for r in run.rules
        ]
        + [
            {"id": id, "title": title, "gate": "G0", "severity": "high", "scope": "run"}
            for id, title in governance.TITLES.items()
        ],
        "results": [
            {
                "rule": result.rule.id,
                "urn": result.urn,
                "verdict": result.answer.value,
                "level": run.level(result).value,
                "message": result.message,
            }
            for result in run.everything()
            if result.answer is not Answer.NOT_APPLICABLE
        ]
        + about_the_run,
        "summary": dict(sorted(counts(run).items())),
    }


def counts(run: Run) -> Counter[str]:
    """How many results of each kind, with the failures of the rules about the run itself."""
    return run.summary() + Counter({Answer.FAIL.value: len(governance.mistakes(run))})


def write(run: Run, variables: Mapping[str, str] = os.environ) -> str:
    """Writes the file when one is asked for; a reader never sees half of it. Returns why it could not, if so."""
    if path := variables.get(FILE_VARIABLE):
        fresh = Path(f"{path}.new")
        try:
            fresh.write_text(json.dumps(as_data(run), indent=1) + "\n", encoding="utf-8")
            fresh.replace(path)
        except OSError as error:
            return f"{FILE_VARIABLE}: got {path}, expected a file that can be written ({error.strerror})"
    return ""


def pack_version() -> str:
    """The version of the installed package; a folder that was copied and not installed has none."""
    try:
        return version(PACK)
    except PackageNotFoundError:
        return "(not installed)"


def line(run: Run) -> str:
    """The one line with which every run ends."""
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts(run).items()))
    return f"{PACK} {pack_version()} for {run.settings.environment}: {len(run.rules)} rules; {told}"
