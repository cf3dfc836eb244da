"""The policy pack in the real CLI: what it refuses, what it tells, and what it does not know yet."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import cloud, paths
from sandbox.providers import Running, StandIn
from tests.kit.engine import Project

pytestmark = pytest.mark.engine

QUEUE = """\
import json
import pulumi_aws as aws

queue = aws.sqs.Queue("jobs", name="jobs", redrive_policy=json.dumps(
    {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead", "maxReceiveCount": 5}))
"""
POLICY = """\
aws.sqs.QueuePolicy("access", queue_url=queue.url, policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"%s},
]}))
"""
OURS = ', "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}'
LATER = """\
import pulumi
aws.sqs.QueuePolicy("access", queue_url=queue.url, policy=pulumi.Output.json_dumps({"Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue.arn}]}))
"""
PUBLIC, CONDITIONED = QUEUE + POLICY % "", QUEUE + POLICY % OURS
EXPOSED, CLEAR = "ASSIST-DATA-012", "ASSIST-DATA-013"


@pytest.fixture(scope="module")
def attached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables with which the engine finds the AWS stand-in; it makes up what it creates."""
    base = tmp_path_factory.mktemp("stand-in")
    stand_in = StandIn("aws", ("--account", cloud.ACCOUNT))
    with Running([stand_in], base / "engine.pid", base / "journal") as running:
        yield running.variables


README_PACK = """\
from pathlib import Path

from assistant_policies.pack import serve

if __name__ == "__main__":
    serve(Path(__file__).parent)
"""
WAIVERS = """\
- id: ASSIST-DATA-013
  target: "*::access"
  reason: a queue that only this test ever sees
  owner: tests
  expiry: 2999-12-31
  environments: [staging]
"""


class Judged:
    """One run of the CLI with the pack: its exit code, its output, and the pack's report."""

    def __init__(
        self, project: Project, verb: str, *arguments: str, pack: Path = paths.ROOT / "policies", **variables: str
    ) -> None:
        report = project.folder / f"{verb}-report.json"
        before = dict(project.variables)
        project.variables.update(variables, ASSIST_POLICY_REPORT=str(report))
        done = project.pulumi(verb, "--stack", "test", "--policy-pack", str(pack), *arguments)
        project.variables = before
        self.code, self.said = done.returncode, done.stdout + done.stderr
        self.report: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}

    def verdicts(self, rule: str) -> set[tuple[str, str]]:
        """Verdict and level of a rule, over all resources."""
        return {(r["verdict"], r["level"]) for r in self.report["results"] if r["rule"] == rule}


@pytest.fixture
def project(tmp_path: Path, attached: dict[str, str]) -> Project:
    made = Project(tmp_path / "project", variables={**attached, "ASSIST_ENVIRONMENT": "", "ASSIST_SETTINGS": ""})
    made.write(main=PUBLIC).init()
    assert made.pulumi("config", "set", "aws:region", "us-east-1", "--stack", "test").returncode == 0
    return made


def test_a_queue_that_is_open_to_everybody_is_refused_in_the_preview(project: Project) -> None:
    judged = Judged(project, "preview")
    assert judged.code != 0, judged.said
    assert f"[{EXPOSED}] FAIL urn:pulumi:test::example::aws:sqs/queuePolicy:QueuePolicy::access" in judged.said
    assert "fix: name the principal, or add a condition such as StringEquals aws:SourceAccount" in judged.said
    assert judged.verdicts(EXPOSED) == {("FAIL", "mandatory")}


def test_the_same_queue_with_a_condition_is_let_through_and_its_other_faults_are_told(project: Project) -> None:
    judged = Judged(project.write(main=CONDITIONED), "preview")
    assert judged.code == 0, judged.said
    assert judged.report["environment"] == "local"  # as the stack's name says, which stands in the URNs only
    assert judged.verdicts(EXPOSED) == {("PASS", "off")}
    assert judged.verdicts(CLEAR) == {("FAIL", "advisory")}
    assert f"[{CLEAR}] FAIL" in judged.said
    assert "for local: 20 rules" in judged.said


def test_what_is_told_in_local_stops_the_update_in_staging(project: Project) -> None:
    judged = Judged(project.write(main=CONDITIONED), "preview", ASSIST_ENVIRONMENT="staging")
    assert judged.code != 0, judged.said
    assert judged.report["environment"] == "staging"
    assert judged.verdicts(CLEAR) == {("FAIL", "mandatory")}


def test_a_first_preview_says_unknown_of_what_is_not_known_and_never_pass(project: Project) -> None:
    judged = Judged(project.write(main=QUEUE + LATER), "preview")
    assert judged.code == 0, judged.said
    assert judged.verdicts(EXPOSED) == judged.verdicts(CLEAR) == {("UNKNOWN", "advisory")}
    assert f"[{EXPOSED}] UNKNOWN" in judged.said
    assert judged.report["summary"]["UNKNOWN"] >= 2


def test_the_update_refuses_what_its_preview_could_not_know_before_it_is_made(project: Project) -> None:
    judged = Judged(project.write(main=QUEUE + LATER), "up", "--yes")
    assert judged.code != 0, judged.said
    assert f"[{EXPOSED}] FAIL" in judged.said
    state = json.loads(project.pulumi("stack", "export", "--stack", "test").stdout)
    types = [resource["type"] for resource in state["deployment"].get("resources", [])]
    assert "aws:sqs/queue:Queue" in types
    assert "aws:sqs/queuePolicy:QueuePolicy" not in types


def test_an_environment_that_there_is_not_ends_the_run_with_those_that_there_are(project: Project) -> None:
    judged = Judged(project, "preview", ASSIST_ENVIRONMENT="production")
    assert judged.code != 0
    assert "got 'production', expected one of dev, local, prod, staging" in judged.said
    assert "Traceback" not in judged.said


def test_a_pack_of_ones_own_is_three_files(project: Project) -> None:
    pack = project.folder.parent / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text(
        f"version: 0.1.0\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (pack / "__main__.py").write_text(README_PACK)
    (pack / "waivers.yaml").write_text(WAIVERS)
    assert README_PACK in (paths.ROOT / "policies" / "README.md").read_text(), "the documentation shows another program"
    judged = Judged(project.write(main=CONDITIONED), "preview", pack=pack, ASSIST_ENVIRONMENT="staging")
    assert judged.verdicts(CLEAR) == {("WAIVED", "advisory")}
    assert "waived until 2999-12-31 by tests: a queue that only this test ever sees" in judged.said
    assert judged.report["summary"].get("INTERNAL", 0) == 0
