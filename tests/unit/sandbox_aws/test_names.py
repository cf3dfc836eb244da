"""Names made up for resources look as the real provider makes them, and stay as long as the resource does."""

from __future__ import annotations

import re

import pytest

from sandbox.provider.protocol import Naming
from tests.unit.sandbox_aws.asking import BUCKET, FUNCTION, QUEUE, ROLE, TRUST, check

TOPIC = "aws:sns/topic:Topic"


@pytest.mark.parametrize(
    ("type", "inputs", "property", "shape"),
    [
        (QUEUE, {}, "name", r"thing-[0-9a-f]{7}"),
        (QUEUE, {"fifoQueue": True}, "name", r"thing-[0-9a-f]{7}\.fifo"),
        (TOPIC, {"fifoTopic": True}, "name", r"thing-[0-9a-f]{7}\.fifo"),
        (ROLE, {"assumeRolePolicy": TRUST}, "name", r"thing-[0-9a-f]{7}"),
        ("aws:kms/alias:Alias", {"targetKeyId": "k"}, "name", r"alias/thing-[0-9a-f]{7}"),
        (BUCKET, {}, "bucket", r"thing-[0-9a-f]{7}"),
    ],
)
def test_a_name_is_the_programs_name_and_seven_digits(
    type: str, inputs: dict[str, object], property: str, shape: str
) -> None:
    answer = check(type, dict(inputs))
    assert answer.failures == []
    assert re.fullmatch(shape, answer.inputs[property])
    assert property in answer.inputs["__defaults"]


def test_a_bucket_is_named_in_small_letters() -> None:
    assert re.fullmatch(r"data-[0-9a-f]{7}", check(BUCKET, {}, name="Data").inputs["bucket"])


def test_the_same_seed_gives_the_same_name_and_another_seed_another() -> None:
    names = [check(QUEUE, {}, seed=seed).inputs["name"] for seed in (b"a", b"a", b"b", b"")]
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_an_update_keeps_the_name_that_was_made() -> None:
    first = check(QUEUE, {}).inputs
    again = check(QUEUE, {"delaySeconds": 5}, olds=first, seed=b"another").inputs
    assert again["name"] == first["name"]


def test_taking_a_given_name_away_makes_a_new_one() -> None:
    first = check(QUEUE, {"name": "mine"}).inputs
    assert "name" not in first["__defaults"]
    assert check(QUEUE, {}, olds=first).inputs["name"].startswith("thing-")


@pytest.mark.parametrize(("type", "most"), [(FUNCTION, 64), (ROLE, 64), (QUEUE, 80), (BUCKET, 63)])
def test_a_name_without_room_for_the_digits_is_refused_and_never_cut(type: str, most: int) -> None:
    reasons = [failure.reason for failure in check(type, {"assumeRolePolicy": TRUST}, name="n" * (most - 7)).failures]
    assert any(f"got {most + 1} characters" in reason and f"expected at most {most}" in reason for reason in reasons)
    fitting = check(type, {"assumeRolePolicy": TRUST}, name="n" * (most - 8))
    assert not [failure for failure in fitting.failures if "characters" in failure.reason]


def test_a_prefix_leaves_the_name_to_the_cloud() -> None:
    inputs = check(QUEUE, {"namePrefix": "p-"}).inputs
    assert "name" not in inputs


def test_the_projects_own_naming_rule_is_followed() -> None:
    assert check(QUEUE, {"fifoQueue": True}, naming=Naming.PROPOSE, proposed="p").inputs["name"] == "p.fifo"
    assert check(QUEUE, {}, naming=Naming.ENFORCE, proposed="exactly").inputs["name"] == "exactly"
    refused = check(QUEUE, {}, naming=Naming.DISABLE)
    assert [failure.property for failure in refused.failures] == ["name"]
