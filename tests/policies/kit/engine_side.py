"""The engine's side of the pack: the SDK's own servicer, fed with real requests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import (
    _PolicyAnalyzerServicer,  # pyright: ignore[reportPrivateUsage] - the engine talks to nothing else
)

from assistant_policies.pack import policies
from tests.policies.kit.resources import STACK, R, analyze_request, analyze_stack_request

MANDATORY, ADVISORY = analyzer_pb2.MANDATORY, analyzer_pb2.ADVISORY


@dataclass
class Pack:
    """The pack in a folder, as one process of it would run."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.report_file = self.folder / "report.json"
        told = {"ASSIST_POLICY_REPORT": str(self.report_file), **self.variables}
        self.servicer = _PolicyAnalyzerServicer(
            "assistant-policies", "0.0.1", policies(self.folder, told), EnforcementLevel.ADVISORY
        )

    def resource(self, resource: R, stack: str = STACK) -> list[Any]:
        """The diagnostics when a resource registers."""
        return list(self.servicer.Analyze(analyze_request(resource, stack), None).diagnostics)

    def whole(self, resources: Sequence[R], stack: str = STACK) -> list[Any]:
        """The diagnostics at the end of a run."""
        return list(self.servicer.AnalyzeStack(analyze_stack_request(resources, stack), None).diagnostics)

    def run(self, resources: Sequence[R], stack: str = STACK) -> list[Any]:
        """The diagnostics of a whole preview or update."""
        told = [one for resource in resources for one in self.resource(resource, stack)]
        return told + self.whole(resources, stack)

    def report(self) -> dict[str, Any]:
        """The report of the last run."""
        return json.loads(self.report_file.read_text())


def levels(diagnostics: Sequence[Any], rule: str) -> set[int]:
    """At which levels a rule was told."""
    return {one.enforcementLevel for one in diagnostics if f"[{rule}]" in one.message}


def text(diagnostics: Sequence[Any]) -> str:
    """All that was told."""
    return "\n".join(one.message for one in diagnostics)
