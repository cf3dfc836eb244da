"""Data sources answer what they can and name themselves when they cannot; the configuration is judged like inputs."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.protocol import Kind, ProviderError
from tests.unit.sandbox_aws.asking import provider


def _ask(name: str, args: dict[str, Any] | None = None, **configuration: Any) -> dict[str, Any]:
    result, failures = provider(**configuration).invoke(f"aws:{name}", args or {}, preview=False)
    assert failures == []
    return result


def test_the_caller_is_the_account_that_was_given() -> None:
    assert _ask("index/getCallerIdentity:getCallerIdentity")["accountId"] == "123456789012"


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("us-east-1", "aws", "amazonaws.com"),
        ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_region_and_partition_follow_the_configuration(region: str, partition: str, suffix: str) -> None:
    assert _ask("index/getRegion:getRegion", region=region)["region"] == region
    found = _ask("index/getPartition:getPartition", region=region)
    assert (found["partition"], found["dnsSuffix"]) == (partition, suffix)


@pytest.mark.parametrize(
    ("region", "first", "id"),
    [
        ("us-east-1", "us-east-1a", "use1-az1"),
        ("ap-southeast-1", "ap-southeast-1a", "apse1-az1"),
        ("us-gov-west-1", "us-gov-west-1a", "usgw1-az1"),
    ],
)
def test_zones_have_the_regions_names_and_ids(region: str, first: str, id: str) -> None:
    found = _ask("index/getAvailabilityZones:getAvailabilityZones", {"state": "available"}, region=region)
    assert (found["names"][0], found["zoneIds"][0]) == (first, id)
    assert len(found["names"]) >= 3


def test_zones_can_be_left_out() -> None:
    found = _ask("index/getAvailabilityZones:getAvailabilityZones", {"excludeNames": ["us-east-1a"]})
    assert "us-east-1a" not in found["names"]
    assert "use1-az1" not in found["zoneIds"]


def test_a_data_source_that_is_not_there_names_itself_and_the_way_out() -> None:
    with pytest.raises(ProviderError, match=r"aws:ec2/getAmi:getAmi: not supported by the AWS stand-in.*official"):
        _ask("ec2/getAmi:getAmi")


def test_a_parameter_needs_an_embedded_cloud() -> None:
    with pytest.raises(ProviderError, match="expected one; start the stand-in with --endpoint"):
        _ask("ssm/getParameter:getParameter", {"name": "/a"})


def test_a_policy_document_that_cannot_be_read_is_a_failure_and_not_a_crash() -> None:
    _, failures = provider().invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"sourceJson": "{"}, False)
    assert "not JSON" in failures[0].reason


@pytest.mark.parametrize(
    ("configuration", "property", "reason"),
    [
        ({}, "region", "got nothing, expected an AWS region; pulumi config set aws:region us-east-1"),
        ({"region": "mars"}, "region", "got 'mars', expected an AWS region"),
        ({"region": "us-east-1", "defaultTag": "x"}, "defaultTag", "did you mean aws:defaultTags?"),
    ],
)
def test_a_wrong_configuration_is_refused(
    monkeypatch: pytest.MonkeyPatch, configuration: dict[str, Any], property: str, reason: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    failures = {failure.property: failure.reason for failure in provider().check_config(configuration).failures}
    assert list(failures) == [property]
    assert reason in failures[property]


def test_the_usual_configuration_passes() -> None:
    usual = {
        "region": "us-east-1", "profile": "p", "accessKey": "a", "skipCredentialsValidation": "true",
        "defaultTags": '{"tags":{}}', "endpoints": "[]", "version": "7.51.1",
    }  # fmt: skip
    assert provider().check_config(usual).failures == []


def test_a_changed_configuration_replaces_nothing() -> None:
    answer = provider().diff_config({"region": "us-east-1", "profile": "a"}, {"region": "us-east-1", "profile": "b"})
    assert answer.changes == {"profile": Kind.UPDATE}


@pytest.mark.parametrize("region", ["eu-central-1", "cn-north-1"])
def test_a_secret_is_found_by_name_or_arn_without_its_value(region: str) -> None:
    found = _ask("secretsmanager/getSecret:getSecret", {"name": "model-key"}, region=region)
    partition = "aws-cn" if region.startswith("cn-") else "aws"
    assert found["arn"].startswith(f"arn:{partition}:secretsmanager:{region}:123456789012:secret:model-key-")
    assert _ask("secretsmanager/getSecret:getSecret", {"arn": found["arn"]}, region=region)["arn"] == found["arn"]
    assert "secretString" not in found


def test_a_secret_that_is_not_named_is_told() -> None:
    _, failures = provider().invoke("aws:secretsmanager/getSecret:getSecret", {}, preview=True)
    assert [failure.reason for failure in failures] == ["one of `arn` or `name` must be set"]
