"""The bench's flat program: it makes what the composed one makes, or their comparison would say nothing."""

import json
import runpy
import sys
from collections import Counter
from typing import Any

import pytest

from bench.deployments import PROGRAMS
from tests.kit.catalogue import PACKAGE
from tests.kit.graph import Graph
from tests.kit.recording import record


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Graph, Graph]:
    """What both programs register."""
    monkeypatch.setenv("PACKAGE", PACKAGE)
    return of("composed", monkeypatch), of("flat", monkeypatch)


def of(name: str, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """What one of them registers, run as Pulumi runs it."""
    with monkeypatch.context() as own:
        own.syspath_prepend(str(PROGRAMS / name))
        own.delitem(sys.modules, "parts", raising=False)
        graph = record(lambda: runpy.run_path(str(PROGRAMS / name), run_name="__main__"))
    sys.modules.pop("parts", None)
    return graph


def filled(graph: Graph) -> dict[str, Counter[tuple[str, ...]]]:
    """Type -> which properties its resources have, of AWS's resources."""
    found: dict[str, Counter[tuple[str, ...]]] = {}
    for node in graph.of_type(""):
        if node.custom:
            found.setdefault(node.type, Counter())[tuple(sorted(node.inputs))] += 1
    return found


def test_both_programs_make_the_same_resources_with_the_same_properties(made: tuple[Graph, Graph]) -> None:
    composed, flat = made
    assert filled(composed) == filled(flat)


def test_both_programs_allow_the_same(made: tuple[Graph, Graph]) -> None:
    def rights(graph: Graph) -> list[list[Any]]:
        """The actions of every role's statements, and on how many ARNs: those have other names in each program."""
        policies = (json.loads(node.inputs["policy"])["Statement"] for node in graph.of_type(":RolePolicy"))
        return sorted(sorted([len(one["Resource"]), sorted(one["Action"])] for one in each) for each in policies)

    composed, flat = made
    assert rights(composed) == rights(flat)


def test_both_programs_tell_the_functions_the_same(made: tuple[Graph, Graph]) -> None:
    def told(graph: Graph) -> list[list[str]]:
        functions = graph.of_type("lambda/function:Function")
        return sorted(sorted(one.inputs["environment"]["variables"]) for one in functions)

    composed, flat = made
    assert told(composed) == told(flat)


def test_both_programs_answer_on_the_same_routes(made: tuple[Graph, Graph]) -> None:
    composed, flat = (sorted(one.inputs["routeKey"] for one in graph.of_type(":Route")) for graph in made)
    assert composed == flat
