"""Wrong settings: the exact line that each mistake gives, and that all mistakes are told at once."""

from typing import Any

import pytest

from tests.kit.settings import BEDROCK, KEY_ARN, NETWORK, OPENAI, TOPIC_ARN, VALID, changed, configuration, lines
from tests.unit.stacks import mistakes, mistakes_in_channels

WRONG = mistakes.WRONG + mistakes_in_channels.WRONG


@pytest.mark.parametrize(("changes", "line"), WRONG, ids=[line.partition(", expected")[0] for _, line in WRONG])
def test_a_mistake_gives_one_line_that_names_field_got_and_expected(changes: dict[str, Any], line: str) -> None:
    assert lines(configuration(changed(changes))) == [line]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_five_steps() -> None:
    changes = {line: change for change, line in WRONG}
    chosen = [
        "template.system_prompt: got 'ééé",
        "compute.ingress.timeout_s",
        "model.base_url: got nothing",
        "channels.web.access: got nothing",
        "deploy.owner: got nothing",
        "deploy.own_key: got true beside",
        "chanels",
    ]
    expected = [next(line for line in changes if line.startswith(start)) for start in chosen]
    together: dict[str, Any] = {}
    for line in reversed(expected):
        together |= changes[line]
    told = lines(configuration(changed(together), region=None))
    assert told[:-1] == expected
    assert told[-1].startswith("aws:region: got nothing")


def test_a_contradiction_is_told_beside_a_mistake_in_the_same_group() -> None:
    told = lines(
        configuration(
            changed(
                {"compute.inference": {"reserved_concurrency": 10, "maximum_concurrency": 20, "memory_mib": "much"}}
            )
        )
    )
    assert [line.partition(": got ")[0] for line in told] == [
        "compute.inference.memory_mib",
        "compute.inference.maximum_concurrency",
    ]


def test_a_field_that_is_wrong_in_itself_is_told_once_and_contradicts_nothing() -> None:
    told = lines(configuration(changed({"model": {**BEDROCK, "timeout_s": 4_000}})))
    assert told == ["model.timeout_s: got 4000, expected a whole number of seconds from 1 to 600"]


@pytest.mark.parametrize("word", [None, "other", ["openai"]])
def test_a_field_beside_an_unknown_choice_is_not_read(word: Any) -> None:
    told = lines(configuration(changed({"model": {"provider": word, "timeout_s": None}})))
    assert [line.partition(": got ")[0] for line in told] == ["model.provider"]


def test_a_list_with_wrong_values_is_told_value_by_value_and_contradicts_nothing() -> None:
    told = lines(configuration(changed({"deploy.alarm_emails": ["ops", "ops"], "deploy.alarm_topic_arn": TOPIC_ARN})))
    assert [line.partition(": got ")[0] for line in told] == ["deploy.alarm_emails[0]", "deploy.alarm_emails[1]"]


@pytest.mark.parametrize(
    ("region", "got"),
    [(None, "nothing"), ("", "nothing"), ("Frankfurt", "'Frankfurt'"), ("eu-central", "'eu-central'")],
)
def test_a_missing_region_says_how_it_is_set(region: str | None, got: str) -> None:
    assert lines(configuration(VALID, region)) == [
        (
            f"aws:region: got {got}, expected an AWS region; "
            "write aws:region: eu-central-1, or the region you want, into the stack's configuration"
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"model": OPENAI},
        {"model": {**OPENAI, "base_url": "http://localhost:11434/v1"}},
        {"model": {**OPENAI, "base_url": "http://10.0.0.7/v1", "api_key": {"secret": "key"}}},
        {"model": {**BEDROCK, "timeout_s": 55}},
        {"compute.inference": {"reserved_concurrency": 20, "maximum_concurrency": 20}},
        {"compute.inference": {"reserved_concurrency": 2}},
        {"compute.throttle.rate_per_s": 7},
        {"deploy.kms_key_arn": KEY_ARN, "deploy.alarm_topic_arn": TOPIC_ARN},
        {"deploy.kms_key_arn": None, "deploy.own_key": True, "deploy.data_class": "restricted"},
        {"deploy.deletion_protection": False, "deploy.data_class": "internal"},
        {"deploy.network": NETWORK},
    ],
)
def test_what_is_right_is_accepted(changes: dict[str, Any]) -> None:
    assert lines(configuration(changed(changes))) == []
