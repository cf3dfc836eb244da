"""Anything that JSON can say, at any place of the settings: either accepted or told in lines, never a stack trace."""

import copy
import json
import re
from typing import Any

from hypothesis import given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stacks.settings.load import Configuration
from stacks.settings.nodes import fields
from stacks.settings.sections import NAMES
from tests.kit.settings import BEDROCK, CHANNELS, NETWORK, OPENAI, VALID, configuration, lines, section_of

FULL: dict[str, Any] = {
    **VALID,
    "compute": {"topology": "serverless", "ingress": {}, "inference": {}, "sender": {}, "stream": {}, "throttle": {}},
    "channels": {**CHANNELS, "installations": [{"channel": "slack", "name": "acme", **CHANNELS["slack"]}]},
    "deploy": {**VALID["deploy"], "network": NETWORK, "retention": {}, "alarm_emails": ["ops@example.com"]},
}
MODELS = [
    {**VALID["model"], "cache": {"tier": "memory"}, "guardrail": {"kind": "bedrock", "id": "g"}},
    {**OPENAI, "api_key": {"secret": "key"}},
    BEDROCK,
]
PLACES = sorted({path for path, _, _ in fields()})
KEYS = st.one_of(st.sampled_from(sorted({path[-1] for path in PLACES})), st.text(max_size=12))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
LINE = re.compile(r"(?P<path>[^\n]+?): got [^\n]+, expected [^\n]+")


def check(given: Configuration) -> None:
    """Valid, or an error whose every line is whole and is about something that is there."""
    told = lines(given)
    assert len(told) == len(set(told))
    for line in told:
        assert LINE.fullmatch(line), line
        assert line.splitlines() == [line]
        assert len(line) < 900
        assert section_of(line) in {*NAMES, "aws:region"} or "unknown section" in line or "unknown key" in line, line


def put(sections: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The sections with a value at a place, as far as the groups above it are there."""
    sections = copy.deepcopy(sections)
    place = sections
    for key in path[:-1]:
        if not isinstance(place.get(key), dict):
            break
        place = place[key]
    place[path[-1]] = value
    return sections


@seed(20)
@hypothesis_settings(max_examples=300, deadline=None, database=None)
@given(st.sampled_from(MODELS), st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
def test_any_value_in_any_place_is_accepted_or_told_in_lines_that_name_the_field(
    model: dict[str, Any], changes: list[tuple[tuple[str, ...], Any]]
) -> None:
    sections = {**FULL, "model": model}
    for path, value in changes:
        sections = put(sections, path, value)
    check(configuration(sections))


@seed(21)
@hypothesis_settings(max_examples=200, deadline=None, database=None)
@given(st.sampled_from([path for path in PLACES if len(path) > 1]), KEYS, JSON)
def test_any_extra_key_in_any_group_is_told_with_its_path(path: tuple[str, ...], key: str, value: Any) -> None:
    check(configuration(put(FULL, (*path[:-1], key), value)))


@seed(22)
@hypothesis_settings(max_examples=200, deadline=None, database=None)
@given(
    st.dictionaries(
        st.sampled_from([f"assistant:{name}" for name in NAMES])
        | st.text(max_size=20).map("assistant:{}".format)
        | st.text(max_size=20),
        st.text(max_size=40) | JSON.map(json.dumps),
        max_size=7,
    ),
    st.booleans(),
)
def test_any_configuration_at_all_is_accepted_or_told_in_lines(values: dict[str, str], secret: bool) -> None:
    check(Configuration(values, frozenset(values) if secret else frozenset()))


def test_a_deeply_nested_text_and_a_huge_number_are_told_in_one_line_each() -> None:
    values = dict(configuration(VALID).values)
    for text in ("[" * 100_000, "9" * 10_000, '{"topology": ' * 5_000, "\ud800", "NaN", '{"topology": NaN}'):
        check(Configuration({**values, "assistant:compute": text}))
    assert lines(Configuration({**values, "assistant:compute": "[" * 100_000}))[0].startswith("compute: got '[[[")
