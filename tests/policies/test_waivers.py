"""Waivers: what they cover, for how long, where, and what is wrong with one."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.run import Run
from assistant_policies.verdict import Answer
from tests.policies.cases import CASES
from tests.policies.kit.case import RULES, SETTINGS, Case
from tests.policies.kit.engine_side import ADVISORY, MANDATORY, Pack, levels, text
from tests.policies.kit.resources import R, resource_args, stack_args
from tests.policies.kit.waiving import PUBLIC, TLS, TODAY, waived, waiver


def test_a_waiver_of_a_rule_that_does_not_exist_stops_the_update(tmp_path: Path) -> None:
    told = waived(tmp_path, waiver(id="ASSIST-DATA-099"))
    assert levels(told, "ASSIST-GOV-101") == {MANDATORY}
    assert "ASSIST-DATA-099" in text(told)
    assert "names a rule that does not exist" in text(told)


def test_a_valid_waiver_takes_a_failure_back_and_is_told_with_its_reason(tmp_path: Path) -> None:
    told = waived(tmp_path, waiver())
    assert levels(told, TLS) == {ADVISORY}
    line = next(one.message for one in told if f"[{TLS}]" in one.message)
    for part in ("WAIVED", "platform", "a queue of a demonstration", str(TODAY + timedelta(days=1))):
        assert part in line
    assert levels(told, "ASSIST-DATA-012") == {MANDATORY}
    assert levels(told, "ASSIST-GOV-101") == set()


@pytest.mark.parametrize("case", [case for case in CASES if case.expected is Answer.FAIL], ids=lambda case: case.id)
def test_every_failure_can_be_waived_outside_of_prod(case: Case, tmp_path: Path) -> None:
    urn = case.resources[0].urn()
    (tmp_path / "waivers.yaml").write_text(
        yaml.safe_dump([waiver(id=case.rule, target=urn, environments=["staging", "dev"])])
    )
    environment = "staging" if case.environment == "prod" else case.environment
    settings = SETTINGS[case.environment].model_copy(update={"environment": environment})
    if case.environment == "prod":
        settings = settings.model_copy(update={"key_deletion_days_min": 30, "log_days_min": 30})
    run = Run(settings, tmp_path, [RULES[case.rule]], {})
    for resource in case.resources:
        run.resource(resource_args(resource))
    run.stack(stack_args(case.resources))
    answers = {r.answer for r in run.everything() if r.urn == urn}
    assert Answer.FAIL not in answers
    assert Answer.WAIVED in answers or case.environment == "prod"


def test_a_waiver_holds_on_its_last_day_and_not_after_it(tmp_path: Path) -> None:
    assert levels(waived(tmp_path, waiver(expiry=TODAY)), TLS) == {ADVISORY}
    told = waived(tmp_path, waiver(expiry=TODAY - timedelta(days=1)))
    assert levels(told, TLS) == {MANDATORY}
    assert levels(told, "ASSIST-GOV-101") == {MANDATORY}
    assert f"expired on {TODAY - timedelta(days=1)}" in text(told)


def test_a_waiver_of_another_environment_does_nothing(tmp_path: Path) -> None:
    told = waived(tmp_path, waiver(environments=["local"], expiry=TODAY - timedelta(days=9)))
    assert levels(told, TLS) == {MANDATORY}
    assert levels(told, "ASSIST-GOV-101") == set()


def test_a_waiver_that_covers_nothing_is_told_and_stops_nothing(tmp_path: Path) -> None:
    told = waived(tmp_path, waiver(target="urn:pulumi:*::no-such"))
    assert [one.enforcementLevel for one in told if "covered nothing" in one.message] == [ADVISORY]
    assert levels(told, "ASSIST-GOV-101") == set()


@pytest.mark.parametrize(
    ("target", "covers"),
    [("*", True), ("urn:pulumi:*::public", True), ("urn:pulumi:dev::*QueuePolicy::pub*", True), ("*::PUBLIC", False),
     ("urn:pulumi:*::publi?", False), ("*::[p]ublic", False), ("", None)],
)  # fmt: skip
def test_only_the_star_is_special_in_a_target(target: str, covers: bool | None, tmp_path: Path) -> None:
    told = waived(tmp_path, waiver(target=target))
    assert levels(told, TLS) == ({ADVISORY} if covers else {MANDATORY})
    assert levels(told, "ASSIST-GOV-101") == ({MANDATORY} if covers is None else set())


def test_an_unknown_verdict_cannot_be_waived(tmp_path: Path) -> None:
    unknown = R("sqs/QueuePolicy", "later", {"policy": UNKNOWN})
    told = waived(tmp_path, waiver(target="*"), resources=(unknown,))
    assert "WAIVED" not in text(told)
    assert f"[{TLS}] UNKNOWN" in text(told)


def test_a_critical_rule_is_waived_in_dev_and_never_in_prod(tmp_path: Path) -> None:
    entry = waiver(id="ASSIST-DATA-012", environments=["dev", "prod"])
    assert levels(waived(tmp_path, entry, environment="dev"), "ASSIST-DATA-012") == {ADVISORY}
    told = waived(tmp_path, entry, environment="prod")
    assert levels(told, "ASSIST-DATA-012") == {MANDATORY}
    assert "ASSIST-DATA-012 is critical and cannot be waived in prod" in text(told)


def test_a_rule_that_is_not_critical_is_waived_in_prod(tmp_path: Path) -> None:
    assert levels(waived(tmp_path, waiver(environments=["prod"]), environment="prod"), TLS) == {ADVISORY}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"owner": ...}, "waivers.yaml[0].owner: Field required"),
        ({"owner": ""}, "waivers.yaml[0].owner"),
        ({"reason": "too short"}, "waivers.yaml[0].reason: String should have at least 20 characters, got 'too short'"),
        ({"expiry": "never"}, "waivers.yaml[0].expiry"),
        ({"environments": []}, "waivers.yaml[0].environments"),
        ({"environments": ["*"]}, "waivers.yaml[0].environments.0"),
        ({"id": "ASSIST-DATA-13"}, "waivers.yaml[0].id"),
        ({"id": "ASSIST-DATA-0130"}, "waivers.yaml[0].id"),
        ({"because": "x"}, "waivers.yaml[0].because: Extra inputs are not permitted"),
    ],
    ids=lambda part: next(iter(part)) if isinstance(part, dict) else "",
)
def test_a_waiver_with_a_fault_stops_the_update_and_covers_nothing(
    change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    told = waived(tmp_path, waiver(**change))
    assert levels(told, "ASSIST-GOV-101") == {MANDATORY}
    assert says in text(told)
    assert levels(told, TLS) == {MANDATORY}


@pytest.mark.parametrize(
    "content", [b"a: 1", b"- [", b"\xff\xfe\x00", b"just text", b"[" * 3000, b"- null", b"- 7"], ids=repr
)
def test_a_file_that_is_no_list_of_waivers_stops_the_update(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_bytes(content)
    told = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "dev"}).run([PUBLIC])
    assert levels(told, "ASSIST-GOV-101") == {MANDATORY}
    assert "waivers.yaml" in text(told)


@pytest.mark.parametrize("content", [b"", b"[]", b"# nothing\n", None], ids=repr)
def test_no_waivers_are_no_mistake(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "waivers.yaml").write_bytes(content)
    told = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "dev"}).run([PUBLIC])
    assert levels(told, "ASSIST-GOV-101") == set()


def test_a_file_that_is_asked_for_and_is_not_there_stops_the_update(tmp_path: Path) -> None:
    told = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "dev", "ASSIST_WAIVERS": str(tmp_path / "none.yaml")}).run([PUBLIC])
    assert levels(told, "ASSIST-GOV-101") == {MANDATORY}
    assert "none.yaml" in text(told)
