"""What a caller is told about wrong arguments: every fault at once, one line each, before anything is registered."""

from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from assistant_components import InputError, MessageQueue, ServerlessAssistant
from assistant_components.validation import Spec, Whole, read_spec, shown, to_camel
from tests.kit.catalogue import LEAST, PACKAGE, assistant


class Group(Spec):
    days: Annotated[int, Whole] = Field(default=1, ge=1, le=9)


class Example(Spec):
    size: Annotated[int, Whole] = Field(ge=1, le=10)
    rate: float = 0.5
    safe: bool = True
    words: list[str] = []
    group: Group = Group()


class GroupArgs(TypedDict):
    days: NotRequired[int]
    subnet: NotRequired[pulumi.Input[str]]


class ExampleArgs(TypedDict):
    size: int
    rate: NotRequired[float]
    safe: NotRequired[bool]
    words: NotRequired[list[str]]
    group: NotRequired[GroupArgs]
    groups: NotRequired[list[GroupArgs]]
    key: NotRequired[pulumi.Input[str]]
    keys: NotRequired[list[pulumi.Input[str]]]
    named: NotRequired[dict[str, pulumi.Input[str]]]


def read(**args: Any) -> Example:
    return read_spec(Example, "Example 'x'", ExampleArgs, args)


def told(**args: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(**args)
    return [line.removeprefix("Example 'x': ") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({}, "size: got nothing, expected a whole number"),
        ({"size": None}, "size: got nothing, expected a whole number"),
        ({"size": 11}, "size: got 11, expected less than or equal to 10"),
        ({"size": "3"}, "size: got '3', expected a whole number"),
        ({"size": True}, "size: got True, expected a whole number"),
        ({"size": 2.5}, "size: got 2.5, expected a whole number"),
        ({"size": 1, "safe": "yes"}, "safe: got 'yes', expected a valid boolean"),
        ({"size": 1, "words": "a"}, "words: got 'a', expected a valid list"),
        ({"size": 1, "words": ["a", 2]}, "words[1]: got 2, expected a valid string"),
        ({"size": 1, "siz": 2}, "siz: unknown argument, did you mean 'size'?"),
        ({"size": 1, "group": {"day": 2}}, "group.day: unknown argument, did you mean 'days'?"),
        ({"size": 1, "group": {"days": 0}}, "group.days: got 0, expected greater than or equal to 1"),
        ({"size": 1, "group": 3}, "group: got 3, expected an object"),
        ({"size": 1, "groups": [{"day": 2}]}, "groups[0].day: unknown argument, did you mean 'days'?"),
        ({"size": 1, "groups": [{}, 3]}, "groups[1]: got 3, expected an object"),
        ({"size": 1, "groups": 3}, "groups: got 3, expected a list"),
        ({"size": 1, "key": 3}, "key: got 3, expected a text or an output"),
        ({"size": 1, "key": ""}, "key: got '', expected a text or an output"),
        ({"size": 1, "keys": [3]}, "keys[0]: got 3, expected a text or an output"),
        ({"size": 1, "keys": "k"}, "keys: got 'k', expected a list"),
        ({"size": 1, "named": {"a": 3}}, "named['a']: got 3, expected a text or an output"),
        ({"size": 1, "named": []}, "named: got a list of 0 items, expected an object"),
    ],
)
def test_a_fault_names_the_field_what_was_got_and_what_was_expected(args: dict[str, Any], line: str) -> None:
    assert told(**args) == [line]


def test_an_output_is_refused_where_resources_depend_on_the_value() -> None:
    assert told(size=pulumi.Output.from_input(3)) == ["size: got an output, expected a whole number"]


def test_an_unknown_argument_that_resembles_none_lists_what_is_known() -> None:
    assert told(size=1, zzz=1) == [
        "zzz: unknown argument, expected one of group, groups, key, keys, named, rate, safe, size, words"
    ]


def test_all_faults_are_told_at_once_and_each_once() -> None:
    lines = told(siz=1, rate="x", group={"days": 10, "subnet": 3})
    assert len(lines) == len(set(lines)) == 5
    assert {line.partition(":")[0] for line in lines} == {"siz", "size", "rate", "group.days", "group.subnet"}


def test_arguments_that_are_no_dictionary_are_told() -> None:
    with pytest.raises(InputError, match=r"^Example 'x': args: got 3, expected a dictionary$"):
        read_spec(Example, "Example 'x'", ExampleArgs, 3)


def test_a_whole_number_may_cross_the_wire_as_a_float() -> None:
    assert read(size=3.0).size == 3
    assert isinstance(read(size=3.0).size, int)


def test_none_means_left_out() -> None:
    assert read(size=1, rate=None, group=None, key=None, words=None) == read(size=1)


def test_inputs_may_be_outputs_and_are_not_in_the_spec() -> None:
    output = pulumi.Output.from_input("k")
    assert read(size=1, key=output, keys=[output], named={"a": output}, group={"subnet": output}) == read(size=1)


def test_what_is_inside_an_object_is_never_shown() -> None:
    assert shown({"password": "x"}) == "an object with 1 key"
    assert shown(["a", "b"]) == "a list of 2 items"
    assert "x" * 61 not in shown("x" * 5000)


def test_a_secret_that_is_misplaced_is_not_in_the_message() -> None:
    secret = {"token": "s3cr3t"}
    with pytest.raises(InputError) as caught:
        assistant(model={"provider": "echo", "api_key_secret_arn": secret, "id": secret})()
    assert "s3cr3t" not in str(caught.value)


@given(st.from_regex(r"[a-z]{1,5}(_[a-z]{1,5}){0,3}", fullmatch=True))
def test_names_are_spelled_as_in_the_schema(name: str) -> None:
    from pulumi.provider.experimental.util import camel_case

    assert to_camel(name) == camel_case(name)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)
QUEUE_FIELDS = st.sampled_from(
    ["retention_days", "visibility_timeout_s", "max_receives", "deletion_protection", "tags"]
)
ASSISTANT_FIELDS = st.sampled_from(
    ["model", "channels", "functions", "retention", "throttle", "network", "session_table", "alarm_emails", "own_key"]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(QUEUE_FIELDS | st.text(max_size=6), JUNK, min_size=1, max_size=4))
def test_whatever_a_queue_is_given_it_says_what_is_wrong_or_starts(args: Any) -> None:
    check_told(MessageQueue, args)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(ASSISTANT_FIELDS | st.text(max_size=6), JUNK, min_size=1, max_size=4))
def test_whatever_an_assistant_is_given_it_says_what_is_wrong_or_starts(args: Any) -> None:
    check_told(ServerlessAssistant, {**LEAST["ServerlessAssistant"], "package": PACKAGE, **args})


def check_told(kind: Any, args: Any) -> None:
    """Every line names the component and a field; nothing but InputError comes out of reading the arguments."""

    class StartedError(Exception):
        pass

    def start(*_: Any) -> None:
        raise StartedError

    base = kind.__mro__[1]
    before, base.__init__ = base.__init__, start
    try:
        with pytest.raises((InputError, StartedError)) as caught:
            kind("chat", args)
    finally:
        base.__init__ = before
    if caught.type is InputError:
        for line in str(caught.value).split(f"{kind.__name__} 'chat': ")[1:]:
            assert ": " in line
