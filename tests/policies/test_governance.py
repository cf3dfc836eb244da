"""Rules about the run: a rule that fails by itself, the pack that does, limits of what is not known."""

import dataclasses
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant_policies import governance
from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import UNKNOWN
from assistant_policies.registry import Context, Rule
from assistant_policies.run import Run
from assistant_policies.settings import Level
from assistant_policies.verdict import Answer, Verdict, fail
from tests.policies.cases import CASES
from tests.policies.kit.case import RULES, SETTINGS
from tests.policies.kit.engine_side import MANDATORY, Pack, levels, text
from tests.policies.kit.resources import R, resource_args, stack_args
from tests.policies.kit.waiving import PUBLIC, TLS, TODAY, waiver


def broken(rule: Rule, *first: Verdict) -> Rule:
    def check(resource: Resource, cx: Context) -> Iterable[Verdict]:
        yield from first
        raise LookupError("with a value that must not be shown")

    return dataclasses.replace(rule, check=check)


def whole_run(folder: Path, rules: list[Rule], *resources: R, environment: str = "dev", **change: Any) -> Run:
    run = Run(SETTINGS[environment].model_copy(update=change), folder, rules, {})
    for resource in resources:
        run.resource(resource_args(resource))
    run.stack(stack_args(resources))
    return run


@pytest.mark.parametrize("scope", ["resource", "document", "stack"])
def test_a_rule_that_raises_is_named_stops_the_update_and_hides_nothing(scope: str, tmp_path: Path) -> None:
    victim = next(rule for rule in RULES.values() if rule.scope == scope and rule.types != ("*",))
    resource = next(c.resources[0] for c in CASES if c.rule == victim.id)
    rules = [broken(victim) if rule is victim else rule for rule in RULES.values()]
    run = whole_run(tmp_path, rules, resource, PUBLIC)
    [told] = [line for line in governance.mistakes(run) if resource.urn() in line]
    assert told.startswith(f"[ASSIST-GOV-102] FAIL - rule {victim.id} failed on {resource.urn()}")
    assert "LookupError" in told
    assert "must not be shown" not in told
    others = [r for r in run.everything() if r.rule.id == "ASSIST-DATA-012" and r.urn == PUBLIC.urn()]
    assert victim.id == "ASSIST-DATA-012" or [r.answer for r in others] == [Answer.FAIL]


def test_what_a_rule_said_before_it_failed_is_kept(tmp_path: Path) -> None:
    rule = broken(RULES[TLS], fail("it is public"))
    run = whole_run(tmp_path, [rule], PUBLIC)
    assert [r.answer for r in run.everything()] == [Answer.FAIL, Answer.INTERNAL]


def test_a_rule_that_raises_stops_nothing_while_its_gate_is_off(tmp_path: Path) -> None:
    off = {**SETTINGS["dev"].gates, "G1": Level.OFF}
    assert governance.mistakes(whole_run(tmp_path, [broken(RULES[TLS])], PUBLIC, gates=off)) == []


def test_governance_stops_the_update_through_the_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant_policies.run.all_rules", lambda: [broken(RULES[TLS])])
    pack = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "local"})
    told = pack.run([PUBLIC])
    assert levels(told, "ASSIST-GOV-102") == {MANDATORY}
    assert pack.report()["summary"] == {"INTERNAL": 1, "FAIL": 1}
    assert [r["level"] for r in pack.report()["results"]] == ["mandatory", "mandatory"]


def test_a_failure_of_the_pack_itself_stops_the_update_and_shows_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise LookupError("with a value that must not be shown")

    monkeypatch.setattr("assistant_policies.run.judge_all", fails)
    pack = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "local"})
    told = pack.run([PUBLIC])
    assert levels(told, "ASSIST-GOV-102") == {MANDATORY}
    assert f"the pack failed on {PUBLIC.urn()}: LookupError" in text(told)
    assert "the pack failed on the whole stack: LookupError" in text(told)
    assert "must not be shown" not in text(told)
    monkeypatch.undo()
    assert levels(pack.run([PUBLIC]), "ASSIST-GOV-102") == set()


def test_the_report_has_what_stopped_the_update_because_of_the_run_itself(tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(yaml.safe_dump([waiver(expiry=TODAY - timedelta(days=1))]))
    pack = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "dev"})
    pack.run([PUBLIC])
    report = pack.report()
    [result] = [r for r in report["results"] if r["rule"] == "ASSIST-GOV-101"]
    assert (result["verdict"], result["level"], result["urn"]) == ("FAIL", "mandatory", "")
    assert "expired" in result["message"]
    assert {"ASSIST-GOV-101", "ASSIST-GOV-102"} <= {rule["id"] for rule in report["rules"]}
    assert report["summary"]["FAIL"] == len([r for r in report["results"] if r["verdict"] == "FAIL"])


@pytest.mark.parametrize(("limit", "told"), [(None, False), (1, False), (0, True)])
def test_unknown_verdicts_are_counted_against_the_limit_of_their_gate(
    limit: int | None, told: bool, tmp_path: Path
) -> None:
    unknown = R("sqs/QueuePolicy", "later", {"policy": UNKNOWN})
    limits = {"G0": limit, "G1": None, "G2": None}
    found = governance.mistakes(whole_run(tmp_path, list(RULES.values()), unknown, undetermined_max=limits))
    assert [("1 verdicts of gate G0 are unknown, expected at most 0" in line) for line in found] == [True] * told
