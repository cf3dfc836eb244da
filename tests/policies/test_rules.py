"""Every case of every rule, on plain facts, and the coverage of the cases themselves."""

from collections import Counter

import pytest

from assistant_policies.registry import Rule
from assistant_policies.verdict import Answer
from tests.policies.cases import CASES, IMPOSSIBLE
from tests.policies.kit.case import RULES, Case, Kind, found, together
from tests.policies.kit.resources import facts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_rule_answers_as_its_case_says(case: Case) -> None:
    answers = found(RULES[case.rule], facts(case.resources), case.resources[0], case.environment)
    assert together(answer for answer, _ in answers) is case.expected, answers
    if case.says:
        assert any(case.says in text for answer, text in answers if answer is case.expected), answers


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_has_a_case_of_each_kind_or_a_reason_why_there_is_none(rule: Rule) -> None:
    there = {case.kind for case in CASES if case.rule == rule.id}
    excused = {kind for id, kind in IMPOSSIBLE if id == rule.id}
    assert there | excused == set(Kind)
    assert not there & excused, "a case of a kind that is listed as impossible"


def test_every_case_belongs_to_a_rule_and_has_a_name_of_its_own() -> None:
    assert {case.rule for case in CASES} == set(RULES)
    assert [id for id, times in Counter(case.id for case in CASES).items() if times > 1] == []


def test_cases_of_a_kind_expect_what_the_kind_is_for() -> None:
    wanted = {Kind.PASSES: Answer.PASS, Kind.FAILS: Answer.FAIL, Kind.UNKNOWN_WITHOUT_EDGE: Answer.UNKNOWN}
    assert [case.id for case in CASES if case.expected is not wanted.get(case.kind, case.expected)] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_failure_tells_what_why_and_how_to_mend_it(rule: Rule) -> None:
    case = next(case for case in CASES if case.rule == rule.id and case.expected is Answer.FAIL)
    text = next(
        text
        for answer, text in found(rule, facts(case.resources), case.resources[0], case.environment)
        if answer is Answer.FAIL
    )
    assert text.startswith(f"[{rule.id}] FAIL {case.resources[0].urn()} - ")
    assert f"why: {rule.why}" in text
    assert f"fix: {rule.fix}" in text
    assert "\n" not in text
