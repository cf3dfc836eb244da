"""The assistant without a server: an HTTP API, two functions, a queue and a table."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from assistant_components._base import AssistantComponent
from assistant_components._naming import FUNCTION_NAME_CHARS_MAX, name_faults
from assistant_components.channel.ingress import WebIngress
from assistant_components.compute.function import AssistantFunction, AssistantFunctionArgs
from assistant_components.model.provider import model_environment, model_permissions
from assistant_components.operations.alarms import QueueAlarms
from assistant_components.operations.topic import AlarmTopic
from assistant_components.security import roles
from assistant_components.security.keys import OwnKey, OwnKeyArgs
from assistant_components.security.roles import Permission
from assistant_components.state.queue import MessageQueue
from assistant_components.state.sessions import SessionTable
from assistant_components.topologies.serverless_args import ServerlessAssistantArgs, ServerlessSpec, either_or
from assistant_components.validation import read_spec

BATCH_MESSAGES = 10  # the most that a FIFO queue hands out at once
MAX_RECEIVES = 5
VISIBILITY_TIMES = 6  # a throttled batch is tried again for as long as its messages stay hidden
LATE_SECONDS = 300
READY_PATH = "readyz"
CHANNEL_ROUTES = {"web": ("GET /", "GET /web/messages", "POST /web/messages")}
CHANNEL_PATHS = {"web": "web/messages"}  # where a channel's messages come in


class _Tagged(TypedDict, total=False):
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]


class _Shared(_Tagged, total=False):
    kms_key_arn: pulumi.Input[str]


class ServerlessAssistant(AssistantComponent):
    """An assistant that answers on the web: HTTP API, functions, queue with dead-letter queue, sessions and alarms.

    Every function has a role of its own that may do what it needs on what it uses. Cost follows the messages: requests,
    function time, table writes, log lines and the model; an own key and the alarms cost per month. Raises InputError.
    """

    url: pulumi.Output[str]
    """Where people chat, with a slash at the end."""
    ready_url: pulumi.Output[str]
    """Answers 200 when the assistant can work."""
    webhook_urls: pulumi.Output[dict[str, str]]
    """Where each channel's messages come in, by channel."""
    session_store: pulumi.Output[str]
    """Name of the table with the conversations."""
    queue_url: pulumi.Output[str]
    """URL of the queue between taking in and answering."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the queue with what could not be answered."""
    log_groups: pulumi.Output[list[str]]
    """Names of the log groups: access, ingress, inference."""
    alarm_topic: pulumi.Output[str]
    """ARN of the topic that alarms go to."""

    def __init__(self, name: str, args: ServerlessAssistantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        wrong = name_faults(name, suffix="-inference-function", limit=FUNCTION_NAME_CHARS_MAX) + either_or(args)
        spec = read_spec(ServerlessSpec, f"ServerlessAssistant {name!r}", ServerlessAssistantArgs, args, wrong)
        super().__init__(name, spec, opts)
        self._args, self._spec = args, spec
        self._key = self._own_key() if spec.own_key else args.get("kms_key_arn")
        queue = self._queue()
        table_name, table_arn = self._sessions()
        environment = self._environment(table_name)
        ingress = self._function(
            "ingress",
            {**environment, "ASSISTANT_QUEUE_URL": queue.queue_url},
            [roles.send_messages(queue.queue_arn), roles.read_sessions(table_arn), *self._key_use(encrypts=True)],
        )
        inference = self._function(
            "inference",
            {**environment, **self._prompt(), **model_environment(spec.model, args["model"])},
            [
                roles.receive_messages(queue.queue_arn),
                roles.write_sessions(table_arn),
                *self._key_use(encrypts=False),
                *self._model(),
            ],
        )
        self._source(queue, inference)
        api = self._api(ingress)
        self.alarm_topic = self._alarms(queue)
        self.url = api.url
        self.ready_url = pulumi.Output.concat(api.url, READY_PATH)
        self.webhook_urls = pulumi.Output.all(
            **{channel: pulumi.Output.concat(api.url, CHANNEL_PATHS[channel]) for channel in spec.channels}
        )
        self.session_store = pulumi.Output.from_input(table_name)
        self.queue_url, self.dead_letter_queue_url = queue.queue_url, queue.dead_letter_queue_url
        self.log_groups = pulumi.Output.all(api.log_group_name, ingress.log_group_name, inference.log_group_name)
        self._finish()

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

    def _queue(self) -> MessageQueue:
        visibility = VISIBILITY_TIMES * self._spec.functions.inference.timeout_s
        return MessageQueue(
            self._child("queue"),
            {
                "retention_days": self._spec.retention.message_days,
                "visibility_timeout_s": visibility,
                "max_receives": MAX_RECEIVES,
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

    def _environment(self, table_name: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
        spec = self._spec
        told: dict[str, pulumi.Input[str]] = {
            "ASSISTANT_CHANNELS": ",".join(spec.channels),
            "ASSISTANT_SESSIONS_TABLE": table_name,
            "ASSISTANT_SESSION_DAYS": str(spec.retention.session_days),
            "ASSISTANT_MAX_RECEIVES": str(MAX_RECEIVES),
        }
        return told

    def _prompt(self) -> dict[str, str]:
        return {"ASSISTANT_SYSTEM_PROMPT": self._spec.system_prompt} if self._spec.system_prompt else {}

    def _function(
        self, module: str, environment: Mapping[str, pulumi.Input[str]], permissions: list[Permission]
    ) -> AssistantFunction:
        size = self._spec.functions.inference if module == "inference" else self._spec.functions.ingress
        decided: AssistantFunctionArgs = {
            "package": self._spec.package,
            "handler": f"assistant.functions.{module}",
            "memory_mib": size.memory_mib,
            "timeout_s": size.timeout_s,
            "environment": dict(environment),
            "permissions": permissions,
            "log_days": self._spec.retention.log_days,
        }
        if size.reserved_concurrency is not None:
            decided["reserved_concurrency"] = size.reserved_concurrency
        network = self._args.get("network")
        if network is not None:
            decided["network"] = network
        return AssistantFunction(self._child(module), {**decided, **self._shared()}, self._opts())

    def _key_use(self, *, encrypts: bool) -> list[Permission]:
        return [] if self._key is None else [roles.use_key(self._key, encrypts=encrypts)]

    def _model(self) -> list[Permission]:
        return model_permissions(self._spec.model, self._args["model"], self._lookup())

    def _source(self, queue: MessageQueue, inference: AssistantFunction) -> None:
        aws.lambda_.EventSourceMapping(
            self._child("source"),
            event_source_arn=queue.queue_arn,
            function_name=inference.alias_arn,
            batch_size=BATCH_MESSAGES,
            function_response_types=["ReportBatchItemFailures"],  # one message that fails does not repeat the others
            scaling_config={"maximum_concurrency": self._spec.functions.inference.at_once},
            tags=self._tags(self._args.get("tags")),
            opts=self._opts(),
        )

    def _api(self, ingress: AssistantFunction) -> WebIngress:
        throttle = self._spec.throttle
        routes = [route for channel in self._spec.channels for route in CHANNEL_ROUTES[channel]]
        return WebIngress(
            self._child("api"),
            {
                "routes": [f"GET /{READY_PATH}", *routes],
                "function_name": ingress.function_name,
                "alias_name": ingress.alias_name,
                "invoke_arn": ingress.invoke_arn,
                "throttle": {"rate_per_s": throttle.rate_per_s, "burst": throttle.burst},
                "log_days": self._spec.retention.log_days,
                **self._shared(),
            },
            self._opts(),
        )

    def _alarms(self, queue: MessageQueue) -> pulumi.Output[str]:
        theirs = self._args.get("alarm_topic_arn")
        if theirs is None:
            topic = AlarmTopic(
                self._child("alarms"), {"emails": self._spec.alarm_emails, **self._shared()}, self._opts()
            ).topic_arn
        else:
            topic = pulumi.Output.from_input(theirs)
        visibility = VISIBILITY_TIMES * self._spec.functions.inference.timeout_s
        QueueAlarms(
            self._child("queue-alarms"),
            {
                "queue_name": queue.queue_name,
                "dead_letter_queue_name": queue.dead_letter_queue_name,
                "topic_arn": topic,
                "oldest_message_s": max(LATE_SECONDS, 2 * visibility),  # later than a second try
                **self._tagged(),
            },
            self._opts(),
        )
        return topic
