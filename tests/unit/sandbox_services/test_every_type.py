"""Laws that every served type keeps: complete outputs, no change after a creation, honest reads, clean ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.facts import facts_of
from sandbox.aws.plan.same import blank, same
from sandbox.aws.services import HANDLERS
from sandbox.aws.services.forgotten import FORGOTTEN, SET_ELSEWHERE
from sandbox.provider.values import plain
from tests.contract.aws_recordings import cases
from tests.unit.sandbox_services.acting import Made
from tests.unit.sandbox_services.case import Case
from tests.unit.sandbox_services.cases import CASES, STAYS
from tests.unit.sandbox_services.world import World

every_case = pytest.mark.parametrize("case", CASES, ids=str)


def _made(world: World, case: Case) -> Made:
    return world.acting.create(case.token, case.name, **case.inputs(world))


def _unlike(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    ours, theirs = plain(one), plain(other)
    return {
        name: (ours.get(name), theirs.get(name))
        for name in {**ours, **theirs}
        if ours.get(name) != theirs.get(name) or (name in ours) != (name in theirs)
    }


def test_every_served_type_has_a_case() -> None:
    assert {case.token for case in CASES} == set(HANDLERS)


def test_the_tables_of_what_reads_do_not_tell_name_real_outputs() -> None:
    for token, names in [*FORGOTTEN.items(), *SET_ELSEWHERE.items()]:
        facts = facts_of(token)
        assert facts is not None, token
        assert {name.partition(".")[0] for name in names} <= set(facts.properties), token
        assert token in HANDLERS


@every_case
def test_a_created_resource_has_all_outputs_and_nothing_left_to_change(world: World, case: Case) -> None:
    made = _made(world, case)
    facts = facts_of(case.token)
    assert facts is not None
    left_out = {"id"} if not facts.modern else set(facts.properties)  # framework types leave out what is not set
    assert set(facts.properties) - left_out <= set(made.outputs)
    assert made["id"] == made.id
    assert world.acting.changes(made) == {}
    world.acting.delete(made)


@every_case
def test_an_untouched_resource_reads_as_it_was_created(world: World, case: Case) -> None:
    made = _made(world, case)
    found = world.acting.read(made)
    assert found is not None
    assert _unlike(made.outputs, found.outputs) == {}
    assert _unlike(made.inputs, found.inputs) == {}
    world.acting.delete(made)


@pytest.mark.parametrize("case", [case for case in CASES if case.change], ids=str)
def test_an_update_in_place_arrives_and_leaves_nothing_to_change(world: World, case: Case) -> None:
    made, facts = _made(world, case), facts_of(case.token)
    assert facts is not None
    kinds = world.acting.changes(made, **case.change)
    assert kinds
    assert {kind for kind in kinds.values() if kind.endswith("REPLACE")} == set()
    world.acting.update(made, **case.change)
    assert world.acting.changes(made) == {}
    found = world.acting.read(made)
    assert found is not None
    assert _unlike(made.outputs, found.outputs) == {}
    for name, value in case.change.items():
        real = found.outputs[name]
        if isinstance(value, str | int):
            assert same(facts.properties[name], plain(real), value), f"{name}: wanted {value!r}, is {real!r}"
        if value is None:
            assert blank(plain(real)) or facts.properties[name].get("computed"), f"{name} left out, is {real!r}"
    world.acting.delete(made)


@every_case
def test_a_deleted_resource_is_gone_and_may_be_deleted_again(world: World, case: Case) -> None:
    made = _made(world, case)
    world.acting.delete(made)
    found = world.acting.read(made)
    assert (found is not None) == (case.token in STAYS)
    world.acting.delete(made)


RECORDED = {case.type: case.values("create_update", "outputs") for case in cases("create_update")}


@pytest.mark.parametrize("case", [case for case in CASES if case.token in RECORDED], ids=str)
def test_outputs_are_of_the_kinds_that_the_official_provider_returns(world: World, case: Case) -> None:
    made = _made(world, case)
    recorded = plain(RECORDED[case.token])
    got = plain(made.outputs)
    assert set(got) == set(recorded)
    unlike = {
        name: (got[name], value)
        for name, value in recorded.items()
        if not blank(value) and not blank(got[name]) and _kind(got[name]) is not _kind(value)
    }
    assert unlike == {}
    world.acting.delete(made)


def _kind(value: Any) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def test_handlers_stay_within_their_files() -> None:
    folder = Path(__file__).parents[3] / "sandbox" / "aws" / "services"
    long = [file.name for file in folder.glob("*.py") if len(file.read_text().splitlines()) > 250]
    assert long == []
