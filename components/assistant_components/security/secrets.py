"""A secret whose value nobody but the application knows."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from assistant_components._base import AssistantComponent
from assistant_components._naming import SECRET_NAME_CHARS_MAX, name_faults
from assistant_components.validation import Spec, read_spec

RECOVERY_DAYS = 30  # the longest time in which a deletion can be taken back


class _Spec(Spec):
    description: str = Field(default="", max_length=2_048)


class OwnSecretArgs(TypedDict):
    """Arguments of OwnSecret."""

    description: NotRequired[str]
    """What the secret is for. Default nothing."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key that encrypts the secret. Default: the account's own key for Secrets Manager."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for the secret. Default: only the component's own."""


class OwnSecret(AssistantComponent):
    """A secret in Secrets Manager without a value: the application makes one at first use.

    So the value is in no program, no preview and no state. A deleted one can be taken back for 30 days, in which it
    costs nothing. Paid per month and per request. Raises InputError.
    """

    secret_arn: pulumi.Output[str]
    """ARN of the secret, for policies and as a reference."""

    def __init__(self, name: str, args: OwnSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-secret", limit=SECRET_NAME_CHARS_MAX)
        spec = read_spec(_Spec, f"OwnSecret {name!r}", OwnSecretArgs, args, wrong)
        super().__init__(name, spec, opts)
        secret = aws.secretsmanager.Secret(
            self._child("secret"),
            description=spec.description,
            kms_key_id=args.get("kms_key_arn"),
            recovery_window_in_days=RECOVERY_DAYS,
            tags=self._tags(args.get("tags")),
            opts=self._opts(),
        )
        self.secret_arn = secret.arn
        self._finish()
