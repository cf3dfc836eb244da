"""Without an embedded cloud resources exist on paper: right shapes, secrets kept, the state is what is there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.aws.facts import facts_of
from sandbox.aws.paper.shapes import SHAPES
from sandbox.aws.paper.template import REGIONAL
from sandbox.provider.protocol import Stored
from sandbox.provider.values import UNKNOWN, Secret, has_unknown, plain
from tests.unit.sandbox_aws.asking import FUNCTION, QUEUE, ROLE, TRUST, provider, resource

SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"


def _created(type: str, inputs: dict[str, Any], **configuration: Any) -> dict[str, Any]:
    return provider(**configuration).create(resource(type), inputs, preview=False)[1]


@pytest.mark.parametrize(
    ("region", "arn", "url"),
    [
        ("us-east-1", "arn:aws:sqs:us-east-1:123456789012:q", "https://sqs.us-east-1.amazonaws.com/123456789012/q"),
        ("cn-north-1", "arn:aws-cn:sqs:cn-north-1:123456789012:q", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q"),
        ("us-gov-west-1", "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q", "https://sqs.us-gov-west-1.amazonaws.com/123456789012/q"),
    ],
)  # fmt: skip
def test_addresses_fit_the_regions_partition(region: str, arn: str, url: str) -> None:
    outputs = _created(QUEUE, {"name": "q"}, region=region)
    assert (outputs["arn"], outputs["url"], outputs["id"]) == (arn, url, url)


def test_a_resource_may_live_in_another_region_than_its_provider() -> None:
    outputs = _created(QUEUE, {"name": "q", "region": "eu-west-1"})
    assert outputs["arn"] == "arn:aws:sqs:eu-west-1:123456789012:q"


@pytest.mark.parametrize("type", sorted(SHAPES))
def test_every_shape_belongs_to_a_known_type_and_its_outputs(type: str) -> None:
    facts = facts_of(type)
    assert facts is not None
    shared = {"arn", "ownerId"}  # given to several types at once, taken only where they exist
    assert set(SHAPES[type]) - {"id"} - shared <= set(facts.properties)


@pytest.mark.parametrize("type", sorted(SHAPES))
def test_every_type_gets_an_id_and_leaves_nothing_unknown(type: str) -> None:
    id, outputs = provider().create(resource(type), {"name": "n"}, preview=False)
    assert id
    assert outputs["id"] == id
    assert not has_unknown(outputs)
    assert "{" not in id
    if outputs.get("arn"):
        assert re.match(r"arn:aws:[a-z0-9-]+:([a-z]+-[a-z]+-\d)?:(\d{12})?:.+|thing", plain(outputs["arn"]))


def test_an_unlisted_type_gets_an_id_and_an_arn_too() -> None:
    outputs = _created("aws:ec2/instance:Instance", {"ami": "ami-1"})
    assert outputs["arn"] == f"arn:aws:ec2:us-east-1:123456789012:instance/{outputs['id']}"
    assert REGIONAL.startswith("arn:{partition}:")


def test_secrets_stay_secret_in_previews_and_results() -> None:
    inputs = {"secretId": "s", "secretString": Secret("shh")}
    for preview in (True, False):
        _, outputs = provider().create(resource(SECRET_VERSION), inputs, preview)
        assert outputs["secretString"] == Secret("shh")
    variables = {"variables": {"A": Secret("shh"), "B": "x"}}
    outputs = _created(FUNCTION, {"environment": variables, "role": "r", "name": "f"})
    assert outputs["environment"] == variables


def test_default_tags_reach_all_tags_and_leave_the_programs_own_alone() -> None:
    tags = {"defaultTags": '{"tags":{"team":"a","app":"a"}}'}
    outputs = _created(QUEUE, {"name": "q", "tags": {"app": "mine"}}, **tags)
    assert outputs["tags"] == {"app": "mine"}
    assert outputs["tagsAll"] == {"app": "mine", "team": "a"}
    _, previewed = provider(**tags).create(resource(QUEUE), {"name": "q"}, preview=True)
    assert previewed["tagsAll"] == {"team": "a", "app": "a"}
    _, unsure = provider(**tags).create(resource(QUEUE), {"name": "q", "tags": {"a": UNKNOWN}}, preview=True)
    assert unsure["tagsAll"] is UNKNOWN


def test_what_the_state_says_is_read_back() -> None:
    asked = provider()
    inputs = {"assumeRolePolicy": TRUST, "name": "r", "__defaults": []}
    id, outputs = asked.create(resource(ROLE), inputs, preview=False)
    assert asked.read(resource(ROLE), Stored(id, inputs, outputs)) == Stored(id, inputs, outputs)


def test_a_resource_that_is_only_looked_up_gets_a_state_with_its_id() -> None:
    found = provider().read(resource(QUEUE), Stored("https://sqs.us-east-1.amazonaws.com/123456789012/theirs"))
    assert found is not None
    assert found.outputs["arn"] == "arn:aws:sqs:us-east-1:123456789012:theirs"
    assert not has_unknown(found.outputs)


def test_an_update_keeps_what_does_not_change_and_publishes_a_version() -> None:
    asked = provider()
    inputs = {"role": "r", "name": "f", "handler": "h", "runtime": "python3.13", "publish": True}
    id, outputs = asked.create(resource(FUNCTION), inputs, preview=False)
    updated = asked.update(resource(FUNCTION), Stored(id, inputs, outputs), {**inputs, "memorySize": 256}, False)
    assert updated["memorySize"] == 256
    assert {name: updated[name] for name in ("arn", "id", "lastModified")} == {
        name: outputs[name] for name in ("arn", "id", "lastModified")
    }
    assert (outputs["version"], updated["version"]) == ("1", "2")
    assert updated["qualifiedArn"] == f"{outputs['arn']}:2"
