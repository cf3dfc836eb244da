"""The pack as the engine uses it: levels per environment, one run after another, the report and the summary line."""

from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest
from google.protobuf import empty_pb2

from assistant_policies.facts.values import UNKNOWN
from tests.policies.kit.engine_side import ADVISORY, MANDATORY, Pack, levels, text
from tests.policies.kit.resources import R, policy

PUBLIC = R("sqs/QueuePolicy", "public", {"policy": policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:*"})})
G0, G1, G2 = "ASSIST-DATA-012", "ASSIST-DATA-013", "ASSIST-DATA-004"
TABLE = R("dynamodb/Table", "bare")
NOT_YET = R("sqs/QueuePolicy", "public", {"policy": UNKNOWN})


def pack(folder: Path, environment: str = "dev") -> Pack:
    return Pack(folder, {"ASSIST_ENVIRONMENT": environment})


@pytest.mark.parametrize(
    ("environment", "of_g0", "of_g1", "of_g2"),
    [
        ("local", {MANDATORY}, {ADVISORY}, set()),
        ("dev", {MANDATORY}, {ADVISORY}, {ADVISORY}),
        ("staging", {MANDATORY}, {MANDATORY}, {ADVISORY}),
        ("prod", {MANDATORY}, {MANDATORY}, {MANDATORY}),
    ],
)
def test_a_gate_stops_or_tells_as_its_environment_says(
    environment: str, of_g0: set[int], of_g1: set[int], of_g2: set[int], tmp_path: Path
) -> None:
    told = pack(tmp_path, environment).run([PUBLIC, TABLE])
    assert (levels(told, G0), levels(told, G1), levels(told, G2)) == (of_g0, of_g1, of_g2)


def test_a_resource_is_refused_before_it_is_made(tmp_path: Path) -> None:
    assert levels(pack(tmp_path).resource(PUBLIC), G0) == {MANDATORY}


def test_a_failure_is_told_once_in_a_run(tmp_path: Path) -> None:
    told = text(pack(tmp_path).run([PUBLIC, TABLE]))
    assert Counter(told.split())[f"[{G0}]"] == 1
    assert told.count("pointInTimeRecovery.enabled is not true") == 1


def test_what_is_not_known_is_told_as_an_advice_and_counted(tmp_path: Path) -> None:
    first = pack(tmp_path)
    told = first.run([NOT_YET])
    assert levels(told, G0) == {ADVISORY}
    assert "UNKNOWN" in text(told)
    assert {r["verdict"] for r in first.report()["results"] if r["rule"] == G0} == {"UNKNOWN"}


def test_what_is_not_known_is_only_counted_while_its_gate_is_off(tmp_path: Path) -> None:
    one = pack(tmp_path, "local")
    told = one.run([R("dynamodb/Table", "later", {"pointInTimeRecovery": UNKNOWN, "deletionProtectionEnabled": True})])
    assert levels(told, G2) == set()
    assert [(r["verdict"], r["level"]) for r in one.report()["results"] if r["rule"] == G2] == [("UNKNOWN", "off")]


def test_a_document_that_is_not_known_at_first_is_judged_with_the_whole_stack(tmp_path: Path) -> None:
    first = pack(tmp_path)
    assert first.resource(NOT_YET) == []
    assert levels(first.whole([PUBLIC]), G0) == {MANDATORY}


def test_a_known_failure_beside_an_unknown_stops_the_resource_itself(tmp_path: Path) -> None:
    admin = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    role = R("iam/Role", "boss", {"inlinePolicies": [{"policy": admin}, {"policy": UNKNOWN}]})
    first = pack(tmp_path)
    assert levels(first.resource(role), "ASSIST-IAM-001") == {MANDATORY}
    later = R("iam/Role", "boss", {"inlinePolicies": [{"policy": admin}, {"policy": admin}]})
    assert "inlinePolicies[1].policy allows every action on every resource" in text(first.whole([later]))
    verdicts = [r["message"] for r in first.report()["results"] if r["rule"] == "ASSIST-IAM-001"]
    assert sum("inlinePolicies[0]" in message for message in verdicts) == 1


def test_one_process_judges_a_preview_and_then_the_update(tmp_path: Path) -> None:
    one = pack(tmp_path)
    one.run([NOT_YET, TABLE])
    assert one.report()["summary"]["UNKNOWN"] == 2  # the document, by both of its rules
    told = one.run([PUBLIC])
    assert levels(told, G0) == {MANDATORY}
    assert levels(told, G2) == set()
    assert "UNKNOWN" not in one.report()["summary"]
    assert {r["urn"] for r in one.report()["results"]} == {PUBLIC.urn()}, "a table of the preview is gone"


def test_an_update_whose_preview_never_came_to_its_end_is_judged_afresh(tmp_path: Path) -> None:
    one = pack(tmp_path)
    assert levels(one.resource(PUBLIC), G0) == {MANDATORY}
    fixed = R("sqs/QueuePolicy", "public", {"policy": policy()})
    assert levels(one.resource(fixed), G0) == set()
    assert levels(one.whole([fixed]), G0) == set()


def test_a_run_on_recorded_state_alone_is_judged(tmp_path: Path) -> None:
    told = pack(tmp_path, "prod").whole([PUBLIC, TABLE])
    assert levels(told, G0) == levels(told, G2) == {MANDATORY}


def test_the_report_says_what_was_judged_and_how(tmp_path: Path) -> None:
    one = pack(tmp_path)
    one.run([PUBLIC, TABLE])
    report = one.report()
    assert set(report) == {"pack", "version", "environment", "rules", "results", "summary"}
    assert (report["pack"], report["version"]) == ("assistant-policies", version("assistant-policies"))
    assert report["environment"] == "dev"
    assert {"id", "title", "gate", "severity"} <= set(report["rules"][0])
    assert len(report["rules"]) == 22, "with the two about the run itself"
    failure = next(r for r in report["results"] if r["rule"] == G0)
    assert (failure["urn"], failure["verdict"], failure["level"]) == (PUBLIC.urn(), "FAIL", "mandatory")
    assert failure["message"].startswith(f"[{G0}] FAIL")
    assert {r["verdict"] for r in report["results"]} <= {"PASS", "FAIL", "UNKNOWN", "WAIVED", "INTERNAL"}
    counted = Counter(r["verdict"] for r in report["results"])
    assert {v: n for v, n in report["summary"].items() if v != "NOT_APPLICABLE"} == counted
    judged = {r["rule"] for r in report["results"]}
    about_resources = {r["id"] for r in report["rules"] if r["scope"] != "run"}
    assert report["summary"]["NOT_APPLICABLE"] == len(about_resources - judged)


def test_every_run_ends_with_one_line_that_counts(tmp_path: Path) -> None:
    told = pack(tmp_path).run([PUBLIC])
    lines = [line for line in text(told).splitlines() if line.startswith("assistant-policies ")]
    assert len(lines) == 1
    assert lines[0].endswith("for dev: 20 rules; 2 FAIL, 18 NOT_APPLICABLE")
    assert told[-1].enforcementLevel == ADVISORY


def test_a_run_that_the_engine_ends_early_has_no_line(tmp_path: Path) -> None:
    assert "20 rules" not in text(pack(tmp_path).resource(PUBLIC))


def test_a_report_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    gone = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "dev", "ASSIST_POLICY_REPORT": str(tmp_path / "no" / "such.json")})
    told = gone.run([PUBLIC])
    assert "ASSIST_POLICY_REPORT: got" in text(told)
    assert "expected a file that can be written" in text(told)
    assert not [one for one in told if "POLICY_REPORT" in one.message and one.enforcementLevel != ADVISORY]


def test_the_stacks_name_in_the_urns_chooses_the_environment_when_nothing_else_does(tmp_path: Path) -> None:
    found = {}
    for stack in ("local", "staging", "prod", "somebody"):
        one = Pack(tmp_path)
        told = [*one.resource(PUBLIC, stack), *one.whole([PUBLIC], stack)]
        found[stack] = (one.report()["environment"], levels(told, G1))
    assert found == {
        "local": ("local", {ADVISORY}),
        "staging": ("staging", {MANDATORY}),
        "prod": ("prod", {MANDATORY}),
        "somebody": ("prod", {MANDATORY}),
    }


def test_a_stack_of_nothing_is_prod(tmp_path: Path) -> None:
    one = Pack(tmp_path)
    one.whole([])
    assert one.report()["environment"] == "prod"


def test_the_levels_that_the_engine_reads_at_the_start_are_those_that_are_meant(tmp_path: Path) -> None:
    info = pack(tmp_path).servicer.GetAnalyzerInfo(empty_pb2.Empty(), None)
    assert {one.name: one.enforcementLevel for one in info.policies} == {
        "assist-mandatory": MANDATORY,
        "assist-advisory": ADVISORY,
        "assist-mandatory-stack": MANDATORY,
        "assist-advisory-stack": ADVISORY,
        "assist-governance": MANDATORY,
        "assist-report": ADVISORY,
    }
    assert info.policies[-1].name == "assist-report", "what ends the run comes last"
