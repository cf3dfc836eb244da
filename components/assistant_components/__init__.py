"""Pulumi components that take an AI assistant from settings to a running deployment."""

from assistant_components.channel.ingress import Throttle, WebIngress, WebIngressArgs
from assistant_components.channel.installation import ChannelInstallation
from assistant_components.channel.stream import WebStream, WebStreamArgs
from assistant_components.compute.function import AssistantFunction, AssistantFunctionArgs, FunctionNetwork, Tracing
from assistant_components.model.provider import AssistantModel, FallbackModel, ModelPrices, ModelProvider
from assistant_components.model.replies import (
    CacheTier,
    DailyLimits,
    GuardrailKind,
    GuardrailPattern,
    ReplyCache,
    ReplyGuardrail,
    ReplyRules,
)
from assistant_components.operations.alarms import QueueAlarms, QueueAlarmsArgs
from assistant_components.operations.topic import AlarmTopic, AlarmTopicArgs
from assistant_components.security.keys import OwnKey, OwnKeyArgs
from assistant_components.security.roles import Permission
from assistant_components.security.secrets import OwnSecret, OwnSecretArgs
from assistant_components.state.queue import MessageQueue, MessageQueueArgs
from assistant_components.state.records import RecordsTable, RecordsTableArgs
from assistant_components.state.sessions import SessionTable, SessionTableArgs
from assistant_components.topologies.serverless_args import ExistingTable, Retention, ServerlessAssistantArgs
from assistant_components.topologies.serverless_assistant import ServerlessAssistant
from assistant_components.topologies.serverless_sizes import AssistantFunctions, FunctionSize
from assistant_components.validation import InputError

__all__ = [
    "AlarmTopic",
    "AlarmTopicArgs",
    "AssistantFunction",
    "AssistantFunctionArgs",
    "AssistantFunctions",
    "AssistantModel",
    "CacheTier",
    "ChannelInstallation",
    "DailyLimits",
    "ExistingTable",
    "FallbackModel",
    "FunctionNetwork",
    "FunctionSize",
    "GuardrailKind",
    "GuardrailPattern",
    "InputError",
    "MessageQueue",
    "MessageQueueArgs",
    "ModelPrices",
    "ModelProvider",
    "OwnKey",
    "OwnKeyArgs",
    "OwnSecret",
    "OwnSecretArgs",
    "Permission",
    "QueueAlarms",
    "QueueAlarmsArgs",
    "RecordsTable",
    "RecordsTableArgs",
    "ReplyCache",
    "ReplyGuardrail",
    "ReplyRules",
    "Retention",
    "ServerlessAssistant",
    "ServerlessAssistantArgs",
    "SessionTable",
    "SessionTableArgs",
    "Throttle",
    "Tracing",
    "WebIngress",
    "WebIngressArgs",
    "WebStream",
    "WebStreamArgs",
]
