"""Pulumi components that take an AI assistant from settings to a running deployment."""

from assistant_components.channel.ingress import Throttle, WebIngress, WebIngressArgs
from assistant_components.compute.function import AssistantFunction, AssistantFunctionArgs, FunctionNetwork, Tracing
from assistant_components.model.provider import AssistantModel, ModelProvider
from assistant_components.operations.alarms import QueueAlarms, QueueAlarmsArgs
from assistant_components.operations.topic import AlarmTopic, AlarmTopicArgs
from assistant_components.security.keys import OwnKey, OwnKeyArgs
from assistant_components.security.roles import Permission
from assistant_components.state.queue import MessageQueue, MessageQueueArgs
from assistant_components.state.sessions import SessionTable, SessionTableArgs
from assistant_components.topologies.serverless_args import (
    AssistantFunctions,
    ExistingTable,
    FunctionSize,
    Retention,
    ServerlessAssistantArgs,
)
from assistant_components.topologies.serverless_assistant import ServerlessAssistant
from assistant_components.validation import InputError

__all__ = [
    "AlarmTopic",
    "AlarmTopicArgs",
    "AssistantFunction",
    "AssistantFunctionArgs",
    "AssistantFunctions",
    "AssistantModel",
    "ExistingTable",
    "FunctionNetwork",
    "FunctionSize",
    "InputError",
    "MessageQueue",
    "MessageQueueArgs",
    "ModelProvider",
    "OwnKey",
    "OwnKeyArgs",
    "Permission",
    "QueueAlarms",
    "QueueAlarmsArgs",
    "Retention",
    "ServerlessAssistant",
    "ServerlessAssistantArgs",
    "SessionTable",
    "SessionTableArgs",
    "Throttle",
    "Tracing",
    "WebIngress",
    "WebIngressArgs",
]
