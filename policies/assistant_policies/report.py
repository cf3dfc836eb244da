"""Results as data, for pipelines: a JSON file named by ASSIST_POLICY_REPORT."""

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assistant_policies.run import Run
from assistant_policies.verdict import Answer

FILE_VARIABLE = "ASSIST_POLICY_REPORT"
PACK = "assistant-policies"


def as_data(run: Run) -> dict[str, Any]:
    """Everything that a run has shown: rules, results with their level, counts."""
    return {
        "pack": PACK,
        "version": version(PACK),
        "environment": run.settings.environment,
        "rules": [
            {"id": r.id, "title": r.title, "gate": r.gate, "severity": r.severity.value, "scope": r.scope.value}
            for r in run.rules
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
        ],
        "summary": dict(sorted(run.summary().items())),
    }


def write(run: Run, variables: Mapping[str, str] = os.environ) -> None:
    """Writes the file, when one is asked for; a reader never sees half of it."""
    if path := variables.get(FILE_VARIABLE):
        fresh = Path(f"{path}.new")
        fresh.write_text(json.dumps(as_data(run), indent=1) + "\n")
        fresh.replace(path)


def line(run: Run) -> str:
    """The one line with which every run ends."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(run.summary().items()))
    return f"{PACK} {version(PACK)} for {run.settings.environment}: {len(run.rules)} rules; {counts}"
