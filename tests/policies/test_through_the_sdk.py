"""The pack behind the SDK: its proxies, its servicer, and real requests of the engine."""

from pathlib import Path

import pytest
from pulumi_policy import proxy
from pulumi_policy.proxy import UnknownValueError

from assistant_policies.facts.values import UNKNOWN, UNKNOWN_ON_THE_WIRE, has_unknown, plain
from assistant_policies.registry import Rule
from assistant_policies.run import Run
from assistant_policies.verdict import Answer
from tests.policies.cases import CASES
from tests.policies.kit.case import RULES, SETTINGS, Case, together
from tests.policies.kit.engine_side import Pack
from tests.policies.kit.resources import STACK, R, proxied, resource_args, stack_args


def test_the_proxies_of_the_tests_raise_on_what_is_not_known() -> None:
    with pytest.raises(UnknownValueError):
        proxied({"policy": UNKNOWN})["policy"]
    with pytest.raises(UnknownValueError):
        proxied({"list": [{"deep": UNKNOWN}]})["list"][0]["deep"]


def test_the_walker_reads_around_what_is_not_known() -> None:
    value = {
        "a": UNKNOWN,
        "b": [1, UNKNOWN, {"c": UNKNOWN, "d": "x"}],
        "e": None,
        "f": 1.5,
        "g": True,
        "__defaults": [],
    }
    assert plain(proxied(value)) == {
        "a": UNKNOWN,
        "b": [1, UNKNOWN, {"c": UNKNOWN, "d": "x"}],
        "e": None,
        "f": 1.5,
        "g": True,
    }
    assert has_unknown(plain(proxied({"a": [{"b": UNKNOWN}]})))


def test_every_spelling_of_unknown_on_the_wire_is_known_to_the_walker() -> None:
    spellings = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_") and isinstance(value, str)}
    assert spellings == UNKNOWN_ON_THE_WIRE
    assert plain({spelling: spelling for spelling in spellings}) == dict.fromkeys(spellings, UNKNOWN)


def test_a_whole_number_of_the_wire_is_a_whole_number_again() -> None:
    seconds = plain(proxied({"seconds": 443}))["seconds"]
    assert (seconds, type(seconds)) == (443, int)


def _answer(run: Run, case: Case) -> Answer:
    urn = case.resources[0].urn()
    return together(one.answer for one in run.everything() if one.rule.id == case.rule and one.urn == urn)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_has_the_same_answer_behind_the_sdks_proxies(case: Case, tmp_path: Path) -> None:
    run = Run(SETTINGS[case.environment], tmp_path, [RULES[case.rule]], {})
    for resource in case.resources:
        run.resource(resource_args(resource))
    run.stack(stack_args(case.resources))
    assert _answer(run, case) is case.expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_has_the_same_answer_when_only_the_recorded_stack_is_seen(case: Case, tmp_path: Path) -> None:
    run = Run(SETTINGS[case.environment], tmp_path, [RULES[case.rule]], {})
    run.stack(stack_args(case.resources))
    assert _answer(run, case) is case.expected


def test_absence_is_judged_on_what_the_program_says_and_not_on_what_the_provider_computes(tmp_path: Path) -> None:
    queue = R("sqs/Queue", "main", outputs={"redrivePolicy": UNKNOWN})
    run = Run(SETTINGS["staging"], tmp_path, [RULES["ASSIST-REL-104"]], {})
    run.resource(resource_args(queue))
    [told] = run.stack(stack_args([queue]))
    assert (told.answer, told.found) == (Answer.FAIL, "redrivePolicy is absent")
    alone = Run(
        SETTINGS["staging"], tmp_path, [RULES["ASSIST-REL-104"]], {}
    )  # who has not seen the program cannot tell
    assert [one.answer for one in alone.stack(stack_args([queue]))] == [Answer.UNKNOWN]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_all_cases_of_a_rule_have_the_same_answer_in_real_requests(rule: Rule, tmp_path: Path) -> None:
    packs: dict[str, Pack] = {}
    for case in (case for case in CASES if case.rule == rule.id):
        pack = packs.setdefault(case.environment, Pack(tmp_path, {"ASSIST_ENVIRONMENT": case.environment}))
        pack.run(case.resources)
        urn = case.resources[0].urn(STACK)
        told = [one for one in pack.report()["results"] if one["urn"] == urn and one["rule"] == rule.id]
        assert together(Answer(one["verdict"]) for one in told) is case.expected, case.id
        assert not [one for one in pack.report()["results"] if one["verdict"] == "INTERNAL"], case.id
