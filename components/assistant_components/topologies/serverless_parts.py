"""The parts of ServerlessAssistant, each made from its arguments."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from assistant_components._base import AssistantComponent
from assistant_components._place import looked_up
from assistant_components.channel.ingress import WebIngress
from assistant_components.channel.installation import Installation
from assistant_components.channel.stream import WebStream
from assistant_components.compute.function import AssistantFunction, AssistantFunctionArgs
from assistant_components.model.provider import model_permissions
from assistant_components.model.replies import replies_permissions
from assistant_components.operations.alarms import QueueAlarms
from assistant_components.operations.topic import AlarmTopic
from assistant_components.security import roles
from assistant_components.security.keys import OwnKey, OwnKeyArgs
from assistant_components.security.roles import Permission
from assistant_components.state.queue import MessageQueue
from assistant_components.state.sessions import SessionTable
from assistant_components.topologies.serverless_access import TOKEN_KEYS
from assistant_components.topologies.serverless_args import ServerlessAssistantArgs, ServerlessSpec
from assistant_components.topologies.serverless_environment import MOST_RECEIVES, Places, environment
from assistant_components.topologies.serverless_sizes import WorkerSize

BATCH_MESSAGES = 10  # the most that a FIFO queue hands out at once
VISIBILITY_TIMES = 6  # a throttled batch is tried again for as long as its messages stay hidden
LATE_SECONDS = 300
HEALTH_ROUTES = ("GET /ready", "GET /live", "GET /readyz")  # the last one is the first one's older name


class _Tagged(TypedDict, total=False):
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]


class _Shared(_Tagged, total=False):
    kms_key_arn: pulumi.Input[str]


class ServerlessParts(AssistantComponent):
    """What the parts are made of; the component itself puts them together."""

    def _take(self, args: ServerlessAssistantArgs, spec: ServerlessSpec) -> None:
        self._args, self._spec = args, spec
        self._locate = cache(lambda: looked_up(self._lookup()))  # once for all parts, and only if one asks
        self._key = self._own_key() if spec.own_key else args.get("kms_key_arn")

    def _shared(self) -> _Shared:
        """What every part gets from the caller's arguments."""
        shared: _Shared = {}
        if self._key is not None:
            shared["kms_key_arn"] = self._key
        return {**shared, **self._tagged()}

    def _tagged(self) -> _Tagged:
        tags = self._args.get("tags")
        return {} if tags is None else {"tags": tags}

    def _own_key(self) -> pulumi.Output[str]:
        decided: OwnKeyArgs = {"resource_prefix": self._label, "deletion_protection": self._spec.deletion_protection}
        return OwnKey(self._child("key"), {**decided, **self._tagged()}, self._opts()).key_arn

    def _queue(self, suffix: str, module: str, size: WorkerSize) -> MessageQueue:
        return MessageQueue(
            self._child(suffix),
            {
                "retention_days": self._spec.retention.message_days,
                "visibility_timeout_s": VISIBILITY_TIMES * size.timeout_s,
                "max_receives": MOST_RECEIVES[module],
                "deletion_protection": self._spec.deletion_protection,
                **self._shared(),
            },
            self._opts(),
        )

    def _sessions(self) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
        theirs = self._args.get("session_table")
        if theirs is not None:
            return theirs["name"], theirs["arn"]
        table = SessionTable(
            self._child("sessions"),
            {"deletion_protection": self._spec.deletion_protection, **self._shared()},
            self._opts(),
        )
        return table.table_name, table.table_arn

    def _described(self, module: str, permissions: list[Permission], places: Places) -> AssistantFunctionArgs:
        size = getattr(self._spec.functions, module)
        decided: AssistantFunctionArgs = {
            "package": self._spec.package,
            "handler": f"assistant.functions.{module}",
            "memory_mib": size.memory_mib,
            "timeout_s": size.timeout_s,
            "environment": environment(module, self._spec, self._args, places),
            "permissions": [*permissions, *self._keys_of_secrets(permissions)],
            "log_days": self._spec.retention.log_days,
        }
        if size.reserved_concurrency is not None:
            decided["reserved_concurrency"] = size.reserved_concurrency
        network = self._args.get("network")
        if network is not None:
            decided["network"] = network
        return {**decided, **self._shared()}

    def _keys_of_secrets(self, permissions: Sequence[Permission]) -> list[Permission]:
        """What a function needs besides to read secrets of yours: they may have a key of their own."""
        if not any(roles.READ_SECRET in one["actions"] and one["sid"] != TOKEN_KEYS for one in permissions):
            return []
        return [roles.use_keys_of_secrets(self._locate())]

    def _function(self, module: str, permissions: list[Permission], places: Places) -> AssistantFunction:
        return AssistantFunction(self._child(module), self._described(module, permissions, places), self._opts())

    def _stream(self, permissions: list[Permission], places: Places) -> WebStream:
        throttle = self._spec.throttle
        return WebStream(
            self._child("ws"),
            {
                "function": self._described("stream", permissions, places),
                "throttle": {"rate_per_s": throttle.rate_per_s, "burst": throttle.burst},
                **self._tagged(),
            },
            self._opts(),
        )

    def _model(self) -> list[Permission]:
        spec, args = self._spec, self._args
        return [
            *model_permissions(spec.model, args["model"], self._locate),
            *replies_permissions(spec.replies, self._locate),
        ]

    def _source(self, suffix: str, queue: MessageQueue, function: AssistantFunction, size: WorkerSize) -> None:
        aws.lambda_.EventSourceMapping(
            self._child(suffix),
            event_source_arn=queue.queue_arn,
            function_name=function.alias_arn,
            batch_size=BATCH_MESSAGES,
            function_response_types=["ReportBatchItemFailures"],  # one message that fails does not repeat the others
            scaling_config={"maximum_concurrency": size.at_once},
            tags=self._tags(self._args.get("tags")),
            opts=self._opts(),
        )

    def _api(self, ingress: AssistantFunction, made: Sequence[Installation]) -> WebIngress:
        throttle = self._spec.throttle
        return WebIngress(
            self._child("api"),
            {
                "routes": [*HEALTH_ROUTES, *(route for one in made for route in one.routes)],
                "function_name": ingress.function_name,
                "alias_name": ingress.alias_name,
                "invoke_arn": ingress.invoke_arn,
                "throttle": {"rate_per_s": throttle.rate_per_s, "burst": throttle.burst},
                "log_days": self._spec.retention.log_days,
                **self._shared(),
            },
            self._opts(),
        )

    def _topic(self) -> pulumi.Output[str]:
        theirs = self._args.get("alarm_topic_arn")
        if theirs is not None:
            return pulumi.Output.from_input(theirs)
        return AlarmTopic(
            self._child("alarms"), {"emails": self._spec.alarm_emails, **self._shared()}, self._opts()
        ).topic_arn

    def _alarms(self, suffix: str, queue: MessageQueue, size: WorkerSize, topic: pulumi.Output[str]) -> None:
        visibility = VISIBILITY_TIMES * size.timeout_s
        QueueAlarms(
            self._child(suffix),
            {
                "queue_name": queue.queue_name,
                "dead_letter_queue_name": queue.dead_letter_queue_name,
                "topic_arn": topic,
                "oldest_message_s": max(LATE_SECONDS, 2 * visibility),  # later than a second try
                **self._tagged(),
            },
            self._opts(),
        )
