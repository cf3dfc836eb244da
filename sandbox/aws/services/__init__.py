"""The resource types that are made for real in the embedded cloud: one module per AWS service, one table for all."""

from __future__ import annotations

from sandbox.aws.handler import Handler
from sandbox.aws.services import (
    apigatewayv2,
    apigatewayv2_parts,
    cloudwatch,
    dynamodb,
    events,
    iam,
    kms,
    lambda_access,
    lambda_events,
    lambda_function,
    lambda_layers,
    logs,
    s3,
    s3_settings,
    scheduler,
    secretsmanager,
    sns,
    sqs,
    ssm,
)
from sandbox.aws.services.served import Served

_SERVICES: list[list[Served]] = [
    apigatewayv2.TYPES,
    apigatewayv2_parts.TYPES,
    cloudwatch.TYPES,
    dynamodb.TYPES,
    events.TYPES,
    iam.TYPES,
    kms.TYPES,
    lambda_access.TYPES,
    lambda_events.TYPES,
    lambda_function.TYPES,
    lambda_layers.TYPES,
    logs.TYPES,
    s3.TYPES,
    s3_settings.TYPES,
    scheduler.TYPES,
    secretsmanager.TYPES,
    sns.TYPES,
    sqs.TYPES,
    ssm.TYPES,
]

HANDLERS: dict[str, Handler] = {served.token: served for types in _SERVICES for served in types}
"""Type token -> handler. A type that is not here exists on paper only."""
