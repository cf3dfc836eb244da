"""Laws of the logic and of all rules: less information never decides more."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.logic.kleene import Truth, every, opposite, some
from assistant_policies.verdict import Answer
from tests.policies.cases import CASES
from tests.policies.kit.case import RULES, Case, answer
from tests.policies.kit.resources import R

TRUTHS: tuple[Truth, ...] = (True, False, None)
DECIDED = [case for case in CASES if case.expected in {Answer.PASS, Answer.FAIL} and case.rule != "ASSIST-IAM-008"]
DOCUMENTS = ("policy", "redrivePolicy")


@pytest.mark.parametrize(("a", "b", "c"), list(product(TRUTHS, repeat=3)))
def test_and_and_or_and_not_keep_the_laws_of_kleene(a: Truth, b: Truth, c: Truth) -> None:
    assert every((a, b)) is every((b, a))
    assert some((a, b)) is some((b, a))
    assert every((a, every((b, c)))) is every((every((a, b)), c)) is every((a, b, c))
    assert some((a, some((b, c)))) is some((some((a, b)), c)) is some((a, b, c))
    assert every((a, some((b, c)))) is some((every((a, b)), every((a, c))))
    assert opposite(every((a, b))) is some((opposite(a), opposite(b)))
    assert opposite(opposite(a)) is a
    assert every((a, True)) is some((a, False)) is a
    assert (every(()), some(())) == (True, False)


@pytest.mark.parametrize(("a", "b"), list(product(TRUTHS, repeat=2)))
def test_an_unknown_operand_turns_an_answer_into_unknown_or_leaves_it(a: Truth, b: Truth) -> None:
    assert every((a, None)) in {every((a, b)), None}
    assert some((a, None)) in {some((a, b)), None}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    """A copy in which the value at a path is not known."""
    if not path:
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _without(inner, path[1:]) if key == path[0] else inner for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, path[1:]) if index == path[0] else inner for index, inner in enumerate(value)]
    return value


def _as_objects(resource: R) -> R:
    """The same resource with its documents as objects, in which single values can be not known."""
    return replace(resource, inputs={k: _object(v) if k in DOCUMENTS else _deep(v) for k, v in resource.inputs.items()})


def _deep(value: Any) -> Any:
    if isinstance(value, list):
        return [_deep(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _object(inner) if key in DOCUMENTS else inner for key, inner in value.items()}
    return value


def _object(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _hide(resource: R, path: tuple[Any, ...]) -> R:
    inputs = _without(dict(resource.inputs), path) if path[0] in resource.inputs else resource.inputs
    return replace(resource, inputs=inputs, outputs=_without(dict(resource.outputs), path))


def _only_possible(resources: tuple[R, ...], at: int, via: str) -> tuple[R, ...]:
    """A reference with a second candidate beside each of its targets, so that none of them is certain."""
    by_name = {resource.name: resource for resource in resources}
    targets = resources[at].edges[via]
    twins = [R(by_name[name].kind, f"{name}-twin-{at}") for name in targets]
    edges = {**resources[at].edges, via: [*targets, *(twin.name for twin in twins)]}
    changed = replace(resources[at], edges=edges)
    fresh = [twin for twin in twins if twin.name not in by_name]
    return (*resources[:at], changed, *resources[at + 1 :], *fresh)


def _inside_a_component(resources: tuple[R, ...], at: int, via: str) -> tuple[R, ...]:
    """A reference to the component that holds the target, instead of the target itself."""
    targets = resources[at].edges[via]
    held = tuple(replace(r, parent="holder") if r.name in targets else r for r in resources)
    changed = replace(held[at], edges={**held[at].edges, via: ["holder"]})
    holder = () if any(r.name == "holder" for r in held) else (R("my:index:Holder", "holder"),)
    return (*held[:at], changed, *held[at + 1 :], *holder)


def _all_paths(resources: tuple[R, ...]) -> list[tuple[int, tuple[Any, ...]]]:
    return [(at, path) for at, r in enumerate(resources) for path in _paths({**r.outputs, **r.inputs})]


@pytest.mark.parametrize("case", DECIDED, ids=lambda case: case.id)
def test_a_document_as_an_object_is_judged_like_its_text(case: Case) -> None:
    resources = tuple(_as_objects(resource) for resource in case.resources)
    assert answer(RULES[case.rule], resources, case.environment) is case.expected


@pytest.mark.parametrize("case", DECIDED, ids=lambda case: case.id)
def test_one_value_less_never_turns_an_answer_around(case: Case) -> None:
    for resources in (case.resources, tuple(_as_objects(resource) for resource in case.resources)):
        for at, path in _all_paths(resources):
            fewer = (*resources[:at], _hide(resources[at], path), *resources[at + 1 :])
            told = answer(RULES[case.rule], fewer, case.environment)
            assert told in {case.expected, Answer.UNKNOWN}, (at, path)


@pytest.mark.parametrize("case", [case for case in DECIDED if any(r.edges for r in case.resources)], ids=lambda c: c.id)
def test_one_certain_edge_less_never_turns_an_answer_around(case: Case) -> None:
    for at, resource in enumerate(case.resources):
        for via in (via for via, names in resource.edges.items() if names):
            for fewer in (_only_possible(case.resources, at, via), _inside_a_component(case.resources, at, via)):
                told = answer(RULES[case.rule], fewer, case.environment)
                assert told in {case.expected, Answer.UNKNOWN}, (at, via)


@settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_loss_of_values_and_edges_never_turns_an_answer_around(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(DECIDED))
    resources = case.resources
    if data.draw(st.booleans()):
        resources = tuple(_as_objects(resource) for resource in resources)
    for _ in range(data.draw(st.integers(1, 4))):
        edges = [(at, via) for at, r in enumerate(resources) for via, names in r.edges.items() if names]
        if edges and data.draw(st.booleans()):
            at, via = data.draw(st.sampled_from(edges))
            weaken = data.draw(st.sampled_from((_only_possible, _inside_a_component)))
            resources = weaken(resources, at, via)
        elif paths := _all_paths(resources):
            at, path = data.draw(st.sampled_from(paths))
            resources = (*resources[:at], _hide(resources[at], path), *resources[at + 1 :])
    told = answer(RULES[case.rule], resources, case.environment)
    assert told in {case.expected, Answer.UNKNOWN}, resources
