"""The resource types that are made for real in the embedded cloud: one module per AWS service, one table for all."""

from __future__ import annotations

from sandbox.aws.handler import Handler
from sandbox.aws.services import (
    cloudwatch,
    dynamodb,
    iam,
    kms,
    logs,
    sns,
    sqs,
)
from sandbox.aws.services.served import Served

_SERVICES: list[list[Served]] = [
    cloudwatch.TYPES,
    dynamodb.TYPES,
    iam.TYPES,
    kms.TYPES,
    logs.TYPES,
    sns.TYPES,
    sqs.TYPES,
]

HANDLERS: dict[str, Handler] = {served.token: served for types in _SERVICES for served in types}
"""Type token -> handler. A type that is not here exists on paper only."""
