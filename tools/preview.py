"""`make preview`: plans a stack, with the policy pack, and writes the plan as data to .cache/preview/<stack>.json.

The file has every resource (urn, type, name, parent, operation, inputs, dependency edges) and every policy result, so
that a pipeline can gate on it. The exit code is not 0 when the plan fails or a mandatory policy is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from sandbox.backend import settings_file
from sandbox.paths import PREVIEW as FOLDER
from tools.pulumi import pulumi

STEPS = ("template", "compute", "model", "channels", "deploy")


def resource(step: dict[str, Any]) -> dict[str, Any]:
    """One resource of the plan, from one step of `pulumi preview --json`."""
    state: dict[str, Any] = step.get("newState") or step.get("oldState") or {}
    urn = str(step["urn"])
    return {
        "urn": urn,
        "type": state.get("type", urn.split("::")[2].rpartition("$")[2]),
        "name": urn.rsplit("::", 1)[-1],
        "operation": step["op"],
        "parent": state.get("parent"),
        "custom": bool(state.get("custom")),
        "protect": bool(state.get("protect")),
        "inputs": state.get("inputs", {}),
        "dependencies": state.get("dependencies") or [],
        "propertyDependencies": state.get("propertyDependencies") or {},
    }


def plan(stack: str) -> tuple[int, dict[str, Any]]:
    """Runs the preview; returns its exit code and the plan."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    report = FOLDER / f"{stack}.policies.json"
    report.unlink(missing_ok=True)
    done = pulumi(
        "preview", "--json", "--non-interactive", "--stack", stack, "--policy-pack", "policies",
        capture=True, environment={"ASSIST_POLICY_REPORT": str(report)},
    )  # fmt: skip
    try:
        said: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    except ValueError:
        said = {"diagnostics": [{"severity": "error", "message": done.stdout.strip()}]}
    return done.returncode, {
        "stack": stack,
        "resources": [resource(step) for step in said.get("steps", [])],
        "policies": json.loads(report.read_text()) if report.exists() else None,
        "changes": said.get("changeSummary", {}),
        "diagnostics": [d for d in said.get("diagnostics", []) if d.get("severity") in {"error", "warning"}],
    }


def flattened(value: Any, prefix: str = "") -> list[str]:
    """`{"web": {"access": "anonymous"}}` as ["web.access=anonymous"]."""
    if isinstance(value, dict) and value:
        return [line for key, inner in value.items() for line in flattened(inner, f"{prefix}{key}.")]
    return [f"{prefix[:-1]}={json.dumps(value) if isinstance(value, list | dict) else value}"]


def sections(stack: str) -> dict[str, list[str]]:
    """The five sections of a stack's settings, in the order of the five steps."""
    written: dict[str, Any] = yaml.safe_load(settings_file(stack).read_text()).get("config") or {}
    return {step: flattened(written.get(f"assistant:{step}") or {}) for step in STEPS}


def show(planned: dict[str, Any], target: Path, console: Console) -> None:
    """The plan for a person: resources by type, changes, what the policies say."""
    steps = Table(title=f"stack {planned['stack']} in five steps", title_justify="left", show_header=False)
    for step, lines in sections(planned["stack"]).items():
        steps.add_row(step, "\n".join(lines))
    console.print(steps)
    counts = Counter((r["type"], r["operation"]) for r in planned["resources"])
    table = Table(title=f"stack {planned['stack']}: {len(planned['resources'])} resources", title_justify="left")
    for heading in ("type", "operation", "count"):
        table.add_column(heading, justify="right" if heading == "count" else "left")
    for (kind, operation), count in sorted(counts.items()):
        table.add_row(kind, operation, str(count))
    console.print(table)
    policies = planned["policies"]
    if policies is None:
        console.print("policies: no results, because the plan did not get that far")
    else:
        summary = ", ".join(f"{count} {verdict}" for verdict, count in sorted(policies["summary"].items()))
        console.print(f"policies ({policies['environment']}): {summary}", highlight=False)
        for result in policies["results"]:
            if result["verdict"] in {"FAIL", "INTERNAL", "UNKNOWN", "WAIVED"} and result["level"] != "off":
                console.print(
                    f"  {result['level']}: {result['message']}", highlight=False, soft_wrap=True, markup=False
                )
    for diagnostic in planned["diagnostics"]:
        message = str(diagnostic["message"]).strip()
        console.print(f"{diagnostic['severity']}: {message}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"plan written to {os.path.relpath(target)}", highlight=False, soft_wrap=True)


def main() -> int:
    """The exit code of the preview."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stack", default="local")
    given = parser.parse_args()
    code, planned = plan(given.stack)
    if not planned["resources"] and not planned["diagnostics"]:
        return code or 1  # the command itself has said what is wrong
    target = FOLDER / f"{given.stack}.json"
    target.write_text(json.dumps(planned, indent=1, sort_keys=True) + "\n")
    show(planned, target, Console())
    return code


if __name__ == "__main__":
    sys.exit(main())
