"""Holds the AWS stand-in to what the real provider answered: the same question gets the same answer, over the wire.

The recordings are of terraform-provider-aws 6.58 behind the Pulumi bridge with the names of pulumi_aws 7.51.1; the
parts called "update" ran against an emulator, so what only a cloud can say (ids, dates, its gaps) differs there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.aws.plan.same import blank
from sandbox.aws.provider import AwsProvider, Options
from sandbox.provider.protocol import Kind
from sandbox.provider.serve import start
from sandbox.provider.values import UNKNOWN, plain
from tests.contract.aws_recordings import Asking, Case, cases, changed_inputs, comparable, differing

# (type, output) -> why the stand-in's fabricated value is not the recorded one. Everything else is alike.
EMULATOR = "the emulator that was recorded leaves out or shortens what AWS answers"
DIFFERENCES = {
    ("apigatewayv2/api", "executionArn"): f"{EMULATOR}: no account",
    ("apigatewayv2/api", "ipAddressType"): f"{EMULATOR}: empty, AWS says ipv4",
    ("apigatewayv2/stage", "executionArn"): f"{EMULATOR}: no account",
    ("cloudwatch/logGroup", "logGroupClass"): f"{EMULATOR}: empty, AWS says STANDARD",
    ("ebs/volume", "arn"): f"{EMULATOR}: no account",
    ("ebs/volume", "kmsKeyId"): "names the account's default key, which only an account has",
    ("ec2/launchTemplate", "arn"): f"{EMULATOR}: no account",
    ("ec2/subnet", "availabilityZoneId"): "which zone id a zone has differs between accounts",
    ("ec2/vpc", "dhcpOptionsId"): f"{EMULATOR}: `default` instead of an id",
    ("ec2/vpcEndpoint", "ipAddressType"): f"{EMULATOR}: empty, AWS says ipv4",
    ("lambda/eventSourceMapping", "functionArn"): f"{EMULATOR}: it resolves the alias to a version",
    ("lambda/eventSourceMapping", "functionName"): f"{EMULATOR}: it resolves the alias to a version",
    ("lambda/eventSourceMapping", "stateTransitionReason"): f"{EMULATOR}: AWS says USER_INITIATED",
    ("lambda/function", "codeSha256"): "the recording lacks the archive, so its hash is another",
    ("lambda/function", "sourceCodeSize"): "the recording lacks the archive, so its size is another",
    ("s3/bucket", "grants"): "names the account's canonical user, which only an account has",
    ("s3/bucket", "requestPayer"): f"{EMULATOR}: empty, AWS says BucketOwner",
    ("sns/topic", "policy"): "the recording is cut off",
    ("ssm/parameter", "arn"): f"{EMULATOR}: no ARN",
    ("vpc/securityGroupIngressRule", "arn"): f"{EMULATOR}: no account",
}


def _ids(case: Case) -> str:
    return f"{case.type.split(':')[1]}-{case.name}"


def recorded(step: str) -> pytest.MarkDecorator:
    """Runs a test for every recorded resource that took this step."""
    return pytest.mark.parametrize("case", cases(step), ids=_ids)


@pytest.fixture(scope="module")
def provider() -> Iterator[Asking]:
    server, port = start(lambda: AwsProvider(Options()))
    asking = Asking(port)
    asking.configure(region="us-east-1")
    yield asking
    asking.close()
    server.stop(0).wait()


def test_the_recordings_cover_thirty_two_types() -> None:
    assert len({case.type for case in cases("check_preview")}) == 32


@recorded("check_preview")
def test_a_new_resource_is_checked_and_completed_as_recorded(provider: Asking, case: Case) -> None:
    inputs, failures = provider.check(case, case.values("check_preview", "news"))
    assert failures == []
    assert list(differing(comparable(inputs), comparable(case.values("check_preview", "inputs")))) == []


@recorded("check_update")
def test_an_existing_resource_keeps_its_name_and_is_completed_as_recorded(provider: Asking, case: Case) -> None:
    olds = case.values("check_update", "inputs")
    inputs, failures = provider.check(case, case.values("check_update", "news"), olds)
    assert failures == []
    assert list(differing(inputs, olds)) == []


@recorded("create_preview")
def test_a_first_preview_carries_and_hides_the_recorded_outputs(provider: Asking, case: Case) -> None:
    id, outputs = provider.create(case, case.values("create_preview", "inputs"), preview=True)
    assert id == ""
    assert list(differing(outputs, case.values("create_preview", "outputs"))) == []


@recorded("diff")
def test_a_change_updates_or_replaces_as_recorded(provider: Asking, case: Case) -> None:
    expected = case.steps["diff"]
    answer = provider.diff(case, _id(case), case.values("create_update", "outputs"), _changed(case))
    assert provider_pb2.DiffResponse.DiffChanges.Name(answer.changes) == expected["changes"]
    detailed = {path: Kind(change.kind).name for path, change in answer.detailedDiff.items()}
    assert detailed == {path: change["kind"] for path, change in (expected["detailed"] or {}).items()}
    assert list(answer.replaces) == (expected["replaces"] or [])
    assert answer.deleteBeforeReplace == bool(expected["delete_before_replace"])


@recorded("update_preview")
def test_a_preview_of_a_change_shows_the_recorded_outputs(provider: Asking, case: Case) -> None:
    olds = case.values("create_update", "outputs")
    outputs = provider.update(case, _id(case), olds, _changed(case), preview=True)
    assert list(differing(outputs, case.values("update_preview", "outputs"))) == []


@recorded("create_update")
def test_a_resource_on_paper_has_the_outputs_that_were_recorded(provider: Asking, case: Case) -> None:
    id, outputs = provider.create(case, case.values("check_update", "inputs"), preview=False)
    expected, short = case.values("create_update", "outputs"), case.type.split(":")[1]
    assert set(outputs) == set(expected)
    assert outputs["id"] == id
    unlike = {
        name: f"got {outputs[name]!r}, recorded {expected[name]!r}"
        for name in expected
        if (short, name) not in DIFFERENCES and not _alike(outputs[name], expected[name], id, _id(case))
    }
    assert unlike == {}


@recorded("create_update")
def test_after_a_creation_nothing_is_left_to_change(provider: Asking, case: Case) -> None:
    inputs = case.values("check_update", "inputs")
    id, outputs = provider.create(case, inputs, preview=False)
    answer = provider.diff(case, id, outputs, inputs)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE, dict(answer.detailedDiff)


def test_every_listed_difference_is_still_one(provider: Asking) -> None:
    unlike: set[tuple[str, str]] = set()
    for case in cases("create_update"):
        id, outputs = provider.create(case, case.values("check_update", "inputs"), preview=False)
        expected = case.values("create_update", "outputs")
        unlike |= {
            (case.type.split(":")[1], name)
            for name in expected
            if not _alike(outputs[name], expected[name], id, _id(case))
        }
    assert unlike == set(DIFFERENCES)


def _id(case: Case) -> str:
    return str(case.steps["create_update"]["id"])


def _changed(case: Case) -> dict[str, Any]:
    inputs = changed_inputs(case)
    if "update_preview" in case.steps and case.type == "aws:lambda/eventSourceMapping:EventSourceMapping":
        # The program points at the alias, the emulator answered with the version behind it.
        inputs["functionName"] = case.steps["update_preview"]["outputs"]["functionName"]
    return inputs


def _alike(got: Any, wanted: Any, id: str, wanted_id: str) -> bool:
    """True for the same kind and shape. "Not set" may be said by nothing or by the kind's zero, as AWS itself does."""
    ours, theirs = plain(got), plain(wanted)
    if blank(ours) and blank(theirs):
        return (type(got) is type(wanted)) or not isinstance(wanted, dict)
    return UNKNOWN not in (ours, theirs) and _shape(ours, id) == _shape(theirs, wanted_id)


def _shape(value: Any, id: str) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace(" ", "") if value.startswith(("{", "[")) else value
    if text.startswith("{"):
        text = "".join(sorted(text))  # the emulator keeps the order of keys that it was sent
    text = text.replace("https://ENDPOINT", "https://sqs.us-east-1.amazonaws.com")
    text = text.replace(id.replace("https://ENDPOINT", "https://sqs.us-east-1.amazonaws.com"), "<id>")
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", text)
    text = re.sub(r"terraform-\w{26}", "<terraform>", text)
    text = re.sub(r"\b(\w+)-[0-9a-f]{17}\b", r"\1-<hex>", text)
    text = re.sub(r"\bAROA[0-9A-Z]{17}\b", "<unique>", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text)
