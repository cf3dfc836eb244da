"""Broken and hostile programs: no rule fails by itself, and nothing that is clearly broken passes by accident."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant_policies.facts.values import DEPTH_MAX, UNKNOWN, document, plain
from assistant_policies.registry import Rule
from assistant_policies.verdict import Answer
from tests.policies.cases import CASES
from tests.policies.kit.case import RULES, answer
from tests.policies.kit.engine_side import Pack, text
from tests.policies.kit.resources import R, analyze_stack_request, policy, resource_args

WRONG: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, float("nan"), float("inf"), 10**30, "", "x", "null", "[]", "{", "\x00", "é𝕏\u202e",
    [], [None], [[]], [{}], {}, {"": None}, {"Statement": None}, {"tags": 5}, "[" * 100_000, '{"a":' * 5000,
)  # fmt: skip
# Properties whose absence is a fault by itself, or a default; a wrong kind of value must not pass for either.
READ: dict[str, tuple[str, tuple[str, ...]]] = {
    "ASSIST-DATA-004": ("dynamodb/Table", ("pointInTimeRecovery", "deletionProtectionEnabled")),
    "ASSIST-DATA-008": ("kms/Key", ("enableKeyRotation", "bypassPolicyLockoutSafetyCheck")),
    "ASSIST-DATA-012": ("sqs/QueuePolicy", ("policy",)),
    "ASSIST-DATA-013": ("sqs/QueuePolicy", ("policy",)),
    "ASSIST-EDGE-010": ("apigatewayv2/Stage", ("defaultRouteSettings",)),
    "ASSIST-GOV-001": ("sqs/Queue", ("tags",)),
    "ASSIST-IAM-001": ("iam/Policy", ("policy",)),
    "ASSIST-IAM-003": ("iam/Policy", ("policy",)),
    "ASSIST-REL-104": ("sqs/Queue", ("redrivePolicy",)),
    "ASSIST-SRV-004": ("lambda/FunctionUrl", ("authorizationType",)),
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: repr(wrong)[:12])
@pytest.mark.parametrize("id", READ)
def test_a_property_of_the_wrong_kind_never_passes(id: str, wrong: Any) -> None:
    kind, names = READ[id]
    resource = R(kind, "x", {name: wrong for name in names if wrong is not None})
    assert answer(RULES[id], (resource,), "staging") not in {Answer.PASS, Answer.INTERNAL}


@pytest.mark.parametrize(
    ("id", "resource"),
    [
        ("ASSIST-OBS-001", R("cloudwatch/LogGroup", "x", {"retentionInDays": "30 days"})),
        ("ASSIST-OBS-001", R("cloudwatch/LogGroup", "x", {"retentionInDays": float("nan")})),
        ("ASSIST-EDGE-010", R("apigatewayv2/Stage", "x", {"defaultRouteSettings": {
            "throttlingRateLimit": float("nan"), "throttlingBurstLimit": float("nan")}})),
        ("ASSIST-SEC-001", R("lambda/Function", "x", {"environment": {"variables": "TOKEN=x"}})),
        ("ASSIST-SEC-001", R("ecs/TaskDefinition", "x", {"containerDefinitions": "[" * 5000})),
        ("ASSIST-SRV-006", R("lambda/Function", "x", {"environment": ["AWS_REGION"]})),
        ("ASSIST-SRV-001", R("lambda/Function", "x", {"runtime": ["python3.9"]})),
        ("ASSIST-DATA-012", R("sqs/QueuePolicy", "x", {"policy": policy({"Effect": "Allow", "Principal": 7})})),
        ("ASSIST-DATA-012", R("sqs/QueuePolicy", "x", {"policy": '{"Statement": ["Allow"]}'})),
        ("ASSIST-DATA-012", R("sqs/QueuePolicy", "x", {"policy": '{"Statement": [], "Statement": []}'})),
        ("ASSIST-IAM-001", R("iam/Policy", "x", {"policy": policy({"Effect": 7, "Action": "*", "Resource": "*"})})),
        ("ASSIST-IAM-001", R("iam/Role", "x", {"inlinePolicies": [None]})),
        ("ASSIST-DATA-011", R("sqs/Queue", "x", {"kmsMasterKeyId": 7})),
        ("ASSIST-DATA-011", R("sqs/Queue", "x", {"sqsManagedSseEnabled": "yes"})),
        ("ASSIST-SRV-007", R("sqs/Queue", "x", {"messageRetentionSeconds": "long", "receiveWaitTimeSeconds": 20})),
        ("ASSIST-SRV-004", R("lambda/Permission", "x", {"principal": {"Service": "*"}})),
    ],
    ids=lambda part: part if isinstance(part, str) else part.name,
)  # fmt: skip
def test_what_is_clearly_broken_is_unknown(id: str, resource: R) -> None:
    assert answer(RULES[id], (resource,), "staging") is Answer.UNKNOWN


def _mutants(resource: R) -> list[R]:
    """The resource with each of its properties, and each property one level inside, replaced by each wrong value."""
    found: list[R] = []
    for name, value in resource.inputs.items():
        for wrong in WRONG:
            found.append(R(resource.kind, resource.name, {**resource.inputs, name: wrong}, resource.edges))
            if isinstance(value, dict):
                found += [
                    R(resource.kind, resource.name, {**resource.inputs, name: {**value, key: wrong}}, resource.edges)
                    for key in value
                ]
    return found


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_no_rule_fails_by_itself_on_wrong_types(rule: Rule) -> None:
    for case in (case for case in CASES if case.rule == rule.id):
        for at, resource in enumerate(case.resources):
            for mutant in _mutants(resource):
                mutated = (*case.resources[:at], mutant, *case.resources[at + 1 :])
                told = answer(rule, mutated, case.environment)
                assert told is not Answer.INTERNAL, (case.id, mutant)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(UNKNOWN)
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_rule_fails_by_itself_on_anything(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    at = data.draw(st.integers(0, len(case.resources) - 1))
    resource = case.resources[at]
    changed = {name: data.draw(ANYTHING) for name in resource.inputs}
    mutant = R(
        resource.kind, resource.name, changed, resource.edges, changed, provider={"defaultTags": data.draw(ANYTHING)}
    )
    mutated = (*case.resources[:at], mutant, *case.resources[at + 1 :])
    assert answer(RULES[case.rule], mutated, case.environment) is not Answer.INTERNAL


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30))
def test_no_rule_fails_by_itself_on_any_policy_document(value: Any) -> None:
    allow = {"Effect": "Allow", "Principal": value, "Action": value, "Resource": value, "Condition": value}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Condition": {"Bool": value}}
    kinds = {
        "DATA-012": "sqs/QueuePolicy",
        "DATA-013": "sqs/QueuePolicy",
        "IAM-001": "iam/Policy",
        "IAM-003": "iam/Policy",
    }
    for said in (value, {"Statement": value}, {"Statement": [value, allow, deny]}):
        for id, kind in kinds.items():
            resource = R(kind, "x", {"policy": said})
            assert answer(RULES[f"ASSIST-{id}"], (resource,), "staging") is not Answer.INTERNAL


def test_a_document_of_ten_thousand_statements_is_read_to_its_end() -> None:
    harmless = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "sqs:*", "Resource": "*"}
    denied = {**harmless, "Effect": "Deny"}
    long = [harmless] * 5000 + [denied] * 4999
    queue = R("sqs/QueuePolicy", "x", {"policy": policy(*long)})
    assert answer(RULES["ASSIST-DATA-012"], (queue,), "staging") is Answer.PASS
    public = R("sqs/QueuePolicy", "x", {"policy": policy(*long, {**harmless, "Principal": "*"})})
    assert answer(RULES["ASSIST-DATA-012"], (public,), "staging") is Answer.FAIL


def test_a_map_of_a_hundred_thousand_names_is_read_to_its_end() -> None:
    names = {f"NAME_{number}": "value" for number in range(100_000)}
    function = R("lambda/Function", "x", {"environment": {"variables": {**names, "AWS_REGION": "AKIA" + "A" * 16}}})
    assert answer(RULES["ASSIST-SRV-006"], (function,), "staging") is Answer.FAIL
    assert answer(RULES["ASSIST-SEC-001"], (function,), "staging") is Answer.FAIL


def test_a_document_that_is_too_deep_is_no_document() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        document('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        document('{"a":' * (DEPTH_MAX + 2) + "1" + "}" * (DEPTH_MAX + 2))


def test_properties_that_are_too_deep_are_not_known() -> None:
    deep: Any = "end"
    for _ in range(DEPTH_MAX + 5):
        deep = [deep]
    walked = plain(deep)
    for _ in range(DEPTH_MAX + 1):
        walked = walked[0]
    assert walked is UNKNOWN


def test_a_pattern_full_of_stars_does_not_take_for_ever() -> None:
    pattern = "sqs:" + "*a" * 5000 + "b"
    statement = {"Effect": "Deny", "Principal": "*", "Action": pattern, "Resource": "*",
                 "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
    assert (
        answer(RULES["ASSIST-DATA-013"], (R("sqs/QueuePolicy", "x", {"policy": policy(statement)}),), "dev")
        is Answer.FAIL
    )


def test_a_secret_is_in_no_message_and_in_no_report(tmp_path: Path) -> None:
    secret = "AKIA" + "Q7TT5Z3MGXAMPL3K"
    named = {secret: secret, "API_TOKEN": secret, "CONFIG": json.dumps({secret: secret})}
    resources = [
        R("lambda/Function", "f", {"environment": {"variables": named}, "runtime": "python3.13"}),
        R("docker:index/container:Container", "c", {"envs": [f"{secret}={secret}", secret]}),
        R("ec2/Instance", "i", {"userData": f"{secret}={secret}"}),
        R("sqs/QueuePolicy", "p", {"policy": f'{{"{secret}": "{secret}", "{secret}": 1}}'}),
    ]
    pack = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "prod"})
    told = text(pack.run(resources))
    assert "environment.variables.API_TOKEN holds what looks like a secret" in told
    assert secret not in told
    assert secret not in pack.report_file.read_text()


def test_names_in_any_script_come_through_to_the_report(tmp_path: Path) -> None:
    pack = Pack(tmp_path, {"ASSIST_ENVIRONMENT": "dev"})
    pack.run([R("iam/User", "naïve-名前-🙂")])
    assert "naïve-名前-🙂" in [r["urn"].rpartition("::")[2] for r in pack.report()["results"]]


def test_a_stack_of_nothing_is_judged(tmp_path: Path) -> None:
    assert "20 rules" in text(Pack(tmp_path, {"ASSIST_ENVIRONMENT": "dev"}).run([]))


def test_the_kits_requests_hold_what_the_kits_arguments_hold() -> None:
    resource = R("sqs/Queue", "main", {"delaySeconds": 5}, {"redrivePolicy": ["main"]})
    sent = analyze_stack_request([resource]).resources[0]
    assert plain(resource_args(resource).props) == {"delaySeconds": 5}
    assert (sent.type, dict(sent.properties)) == ("aws:sqs/queue:Queue", {"delaySeconds": 5.0})
    assert list(sent.propertyDependencies["redrivePolicy"].urns) == [resource.urn()]
