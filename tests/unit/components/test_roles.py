"""Which Bedrock resources a model's name opens: the model, or a profile and the models behind it through it alone."""

from typing import Any

import pulumi
import pytest

from assistant_components.security import roles
from tests.kit.catalogue import assistant
from tests.kit.recording import record

INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
ACCOUNT = "arn:{p}:bedrock:{r}:123456789012:"
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
APPLICATION = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"


def statements(model_id: str, partition: str = "aws") -> dict[str, dict[str, Any]]:
    graph = record(assistant(model={"provider": "bedrock", "id": model_id}), partition=partition)
    found = graph.one("chat-inference-policy").statements()
    return {sid: stated for sid, stated in found.items() if sid.startswith("Model")}


@pytest.mark.parametrize(("partition", "region"), [("aws", "eu-west-1"), ("aws-cn", "cn-north-1")])
def test_a_models_id_opens_that_model_in_this_region(partition: str, region: str) -> None:
    arn = f"arn:{partition}:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0"
    assert statements("amazon.nova-lite-v1:0", partition) == {
        "Model": {"Sid": "Model", "Effect": "Allow", "Action": INVOKE, "Resource": [arn]}
    }


@pytest.mark.parametrize("geography", ["eu", "us", "apac", "global", "us-gov"])
def test_a_profile_opens_its_model_in_every_region_but_only_through_the_profile(geography: str) -> None:
    profile = f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{geography}.anthropic.claude-x-v1:0"
    found = statements(f"{geography}.anthropic.claude-x-v1:0")
    assert found["Model"]["Resource"] == [profile]
    assert found["ModelBehindProfile"]["Resource"] == ["arn:aws:bedrock:*::foundation-model/anthropic.claude-x-v1:0"]
    assert found["ModelBehindProfile"]["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": profile}}
    assert found["ModelBehindProfile"]["Action"] == INVOKE


@pytest.mark.parametrize(
    ("arn", "behind"), [(PROFILE, "amazon.nova-lite-v1:0"), (APPLICATION, "*")], ids=["system", "application"]
)
def test_a_profiles_arn_is_used_as_it_is(arn: str, behind: str) -> None:
    found = statements(arn)
    assert found["Model"]["Resource"] == [arn]
    assert found["ModelBehindProfile"]["Resource"] == [f"arn:aws:bedrock:*::foundation-model/{behind}"]
    assert found["ModelBehindProfile"]["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": arn}}


@pytest.mark.parametrize("kind", ["provisioned-model/abc", "custom-model-deployment/abc"])
def test_another_arn_opens_exactly_itself(kind: str) -> None:
    arn = f"arn:aws:bedrock:us-east-1:123456789012:{kind}"
    assert statements(arn) == {"Model": {"Sid": "Model", "Effect": "Allow", "Action": INVOKE, "Resource": [arn]}}


def test_a_permission_with_conditions_keeps_them() -> None:
    permission: roles.Permission = {"sid": "A", "actions": ["s3:GetObject"], "resources": ["*"]}
    assert "Condition" not in roles.statement(permission)
    permission["conditions"] = {"Bool": {"aws:SecureTransport": "true"}}
    assert roles.statement(permission)["Condition"] == {"Bool": {"aws:SecureTransport": "true"}}


def test_a_document_is_one_output() -> None:
    assert isinstance(roles.document([]), pulumi.Output)
