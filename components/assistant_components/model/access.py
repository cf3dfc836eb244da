"""What a role may do on Amazon Bedrock: pure functions from names to permissions."""

import pulumi

from assistant_components._place import Place
from assistant_components.security.roles import Permission, allow

# Geographies whose name before a model's id makes it an inference profile, which may run the model in several regions.
PROFILE_GEOGRAPHIES = frozenset({"us", "us-gov", "eu", "apac", "jp", "au", "ca", "in", "sa", "me", "global"})


def invoke_model(model_id: str, place: Place) -> list[Permission]:
    """Calls one Bedrock model. An inference profile also needs the models it spans, but only when called through it.

    `model_id` is a model's id, an inference profile's id (a geography before the model's id) or an ARN of either.
    """
    partition, region = place.partition, place.region
    actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    geography, _, model = model_id.partition(".")
    if model_id.startswith("arn:"):
        arn: pulumi.Input[str] = model_id
        kind, _, named = model_id.split(":", 5)[-1].partition("/")
        # an application's profile does not say which model is behind it
        spanned = {"inference-profile": named.partition(".")[2], "application-inference-profile": "*"}.get(kind)
    elif geography in PROFILE_GEOGRAPHIES:
        spanned = model
        arn = pulumi.Output.concat(
            "arn:", partition, ":bedrock:", region, ":", place.account, ":inference-profile/", model_id
        )
    else:
        spanned = None
        arn = pulumi.Output.concat("arn:", partition, ":bedrock:", region, "::foundation-model/", model_id)
    permissions = [allow("Model", actions, [arn])]
    if spanned is not None:  # a profile may run the model in any region of its geography
        models = pulumi.Output.concat("arn:", partition, ":bedrock:*::foundation-model/", spanned)
        behind = allow("ModelBehindProfile", actions, [models])
        behind["conditions"] = {"ArnEquals": {"bedrock:InferenceProfileArn": arn}}
        permissions.append(behind)
    return permissions


def apply_guardrail(guardrail: str, place: Place) -> Permission:
    """Checks texts with one guardrail of Bedrock, which is named by its id or its ARN."""
    arn: pulumi.Input[str] = guardrail
    if not guardrail.startswith("arn:"):
        arn = pulumi.Output.concat(
            "arn:", place.partition, ":bedrock:", place.region, ":", place.account, ":guardrail/", guardrail
        )
    return allow("Guardrail", ["bedrock:ApplyGuardrail"], [arn])
