"""What holds for every component: names, parents, providers, tags, outputs, and that bad arguments register nothing."""

import inspect
from typing import Any

import pulumi
import pulumi_aws
import pytest

import assistant_components as ac
from assistant_components.validation import to_camel
from tests.kit.catalogue import LEAST, MOST, NAME, TAGS, component, making
from tests.kit.graph import Graph
from tests.kit.recording import record, registered_by

COMPONENTS = sorted(LEAST)
ALL = [pytest.param(kind, args, id=f"{kind}-{how}") for how, table in (("least", LEAST), ("most", MOST))
       for kind, args in table.items()]  # fmt: skip
OURS = "assistant-components:index:"


def test_the_catalogue_has_every_component() -> None:
    exported = [
        name
        for name in ac.__all__
        if isinstance(getattr(ac, name), type) and issubclass(getattr(ac, name), pulumi.ComponentResource)
    ]
    assert sorted(exported) == COMPONENTS == sorted(MOST)


def test_the_catalogue_uses_every_argument() -> None:
    alternatives = {"ServerlessAssistant": {"kms_key_arn", "session_table", "alarm_topic_arn"}}
    for kind in COMPONENTS:
        declared = set(inspect.get_annotations(component(kind).__init__)["args"].__annotations__)
        assert declared == set(MOST[kind]) | alternatives.get(kind, set()), kind


def aws_class(type_: str) -> Any:
    """The SDK's class of a resource type such as aws:sqs/queue:Queue."""
    module, class_name = type_.split(":")[1].partition("/")[0], type_.rpartition(":")[2]
    return getattr(getattr(pulumi_aws, "lambda_" if module == "lambda" else module), class_name)


@pytest.mark.parametrize(("kind", "args"), ALL)
def test_every_child_hangs_below_its_component_and_is_named_after_it(
    kind: str, args: dict[str, Any], preview: bool
) -> None:
    graph = record(making(kind, args), preview=preview)
    root = graph.one(NAME)
    assert root.type == OURS + kind
    for node in graph.nodes.values():
        if node.urn != root.urn:
            parent = graph.nodes[node.parent]
            assert node.name.startswith(f"{parent.name}-")
            assert not parent.custom, f"{node.name} hangs below a plain resource"


@pytest.mark.parametrize(("kind", "args"), ALL)
def test_no_child_has_a_provider_of_its_own(kind: str, args: dict[str, Any], preview: bool) -> None:
    graph = record(making(kind, args), preview=preview)
    assert {(node.provider, *node.providers) for node in graph.nodes.values()} == {("",)}


@pytest.mark.parametrize("kind", COMPONENTS)
def test_the_callers_provider_reaches_every_child_and_every_lookup(kind: str) -> None:
    def program() -> None:
        elsewhere = pulumi_aws.Provider("elsewhere", region="ap-southeast-2")
        component(kind)(NAME, MOST[kind], pulumi.ResourceOptions(providers=[elsewhere]))

    graph = record(program)
    children = [node for node in graph.nodes.values() if node.custom and node.name != "elsewhere"]
    assert children
    for node in children:
        assert "elsewhere" in node.provider, node.name
    assert all("elsewhere" in invoke.provider for invoke in graph.invokes)


@pytest.mark.parametrize(("kind", "args"), ALL)
def test_outputs_are_registered_once_under_the_names_of_the_schema(
    kind: str, args: dict[str, Any], preview: bool
) -> None:
    graph = record(making(kind, args), preview=preview)
    for node in graph.nodes.values():
        if not node.custom:
            declared = inspect.get_annotations(component(node.type.removeprefix(OURS)))
            assert set(graph.output(node.name)) == {to_camel(name) for name in declared}


@pytest.mark.parametrize(("kind", "args"), ALL)
def test_every_output_is_known_after_an_update(kind: str, args: dict[str, Any]) -> None:
    for name, value in record(making(kind, args)).output(NAME).items():
        assert value not in (None, "", [], {}), name


@pytest.mark.parametrize(("kind", "args"), ALL)
def test_everything_that_takes_tags_has_them_and_says_which_component_it_is_of(
    kind: str, args: dict[str, Any], preview: bool
) -> None:
    graph = record(making(kind, args), preview=preview)
    for node in graph.nodes.values():
        if node.custom and "tags" in inspect.signature(aws_class(node.type)._internal_init).parameters:
            of = graph.nodes[node.parent].type.removeprefix(OURS)
            assert node.inputs["tags"]["Component"] == of, node.name
            assert node.inputs["tags"].items() >= args.get("tags", {}).items(), node.name


@pytest.mark.parametrize("kind", COMPONENTS)
def test_tags_may_come_from_another_resource(kind: str) -> None:
    graph = record(lambda: component(kind)(NAME, {**LEAST[kind], "tags": pulumi.Output.from_input(TAGS)}))
    tagged = [node for node in graph.nodes.values() if node.custom and "tags" in node.inputs]
    assert tagged
    for node in tagged:
        assert node.inputs["tags"].items() >= TAGS.items()
        assert "Component" in node.inputs["tags"]


@pytest.mark.parametrize("kind", COMPONENTS)
def test_the_caller_cannot_hide_which_component_a_resource_is_of(kind: str) -> None:
    graph = record(making(kind, {**LEAST[kind], "tags": {"Component": "mine"}}))
    assert all(node.inputs["tags"]["Component"] != "mine" for node in graph.nodes.values() if "tags" in node.inputs)


@pytest.mark.parametrize("kind", COMPONENTS)
def test_a_bad_argument_registers_nothing(kind: str) -> None:
    raised, registered = registered_by(making(kind, {**LEAST[kind], "tagz": {}}))
    assert isinstance(raised, ac.InputError)
    assert isinstance(raised, pulumi.RunError)
    assert str(raised) == f"{kind} 'chat': tagz: unknown argument, did you mean 'tags'?"
    assert registered == []


@pytest.mark.parametrize("kind", COMPONENTS)
@pytest.mark.parametrize("name", ["", "9lives", "a b", "größe", "a" * 300])
def test_a_name_that_aws_would_refuse_registers_nothing(kind: str, name: str) -> None:
    raised, registered = registered_by(lambda: component(kind)(name, LEAST[kind]))
    assert isinstance(raised, ac.InputError)
    assert ": name: got " in str(raised)
    assert registered == []


@pytest.mark.parametrize("kind", COMPONENTS)
def test_no_physical_name_is_fixed_so_that_two_environments_never_collide(kind: str) -> None:
    scoped = {"Alias", "Stage"}  # inside a function or an API, whose own names differ
    for node in record(making(kind, MOST[kind])).nodes.values():
        if node.custom and node.type.rpartition(":")[2] not in scoped:
            assert not {"name", "namePrefix"} & set(node.inputs), node.name


@pytest.mark.parametrize(("kind", "args"), ALL)
def test_the_components_own_properties_are_plain_decisions(kind: str, args: dict[str, Any], preview: bool) -> None:
    graph: Graph = record(making(kind, args), preview=preview)
    own = graph.one(NAME)
    assert own.property_dependencies == {}
    assert not {"package", "tags", "kmsKeyArn", "environment"} & set(own.inputs)
