"""The assistant without a server: an HTTP API and a WebSocket API, a function per module, queues and tables."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi

from assistant_components._naming import FUNCTION_NAME_CHARS_MAX, name_faults
from assistant_components.channel.installation import Installation, channels_text, installations
from assistant_components.security.secrets import OwnSecret, OwnSecretArgs
from assistant_components.state.records import RecordsTable
from assistant_components.topologies.serverless_access import Access
from assistant_components.topologies.serverless_args import ServerlessAssistantArgs, ServerlessSpec, either_or
from assistant_components.topologies.serverless_environment import Places, environment_size_faults
from assistant_components.topologies.serverless_parts import ServerlessParts
from assistant_components.validation import read_spec, refuse

READY_PATH = "ready"


class ServerlessAssistant(ServerlessParts):
    """An assistant that answers on the web and in other channels: APIs, functions, queues, tables and alarms.

    Every function has a role of its own that may do what it needs on what it uses. Cost follows the messages: requests,
    function time, table writes, log lines and the model; an own key, a secret and the alarms cost per month. The
    queue of replies and its sender are there when replies are sent to a channel. Raises InputError.
    """

    url: pulumi.Output[str]
    """Where the assistant is, with a slash at the end; with the web channel its chat page."""
    ready_url: pulumi.Output[str]
    """Answers 200 when the assistant can work, and says what is not ready."""
    webhook_urls: pulumi.Output[dict[str, str]]
    """Where each installation's messages come in, by `channel` or `channel/name`."""
    registration: pulumi.Output[dict[str, str]]
    """What to tell each installation's provider, and where, by `channel` or `channel/name`."""
    session_store: pulumi.Output[str]
    """Name of the table with the conversations."""
    queue_url: pulumi.Output[str]
    """URL of the queue between taking in and answering."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the queue with what could not be answered."""
    log_groups: pulumi.Output[list[str]]
    """Names of the log groups: access, then those of the functions."""
    alarm_topic: pulumi.Output[str]
    """ARN of the topic that alarms go to."""

    def __init__(self, name: str, args: ServerlessAssistantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        where = f"ServerlessAssistant {name!r}"
        wrong = name_faults(name, suffix="-inference-function", limit=FUNCTION_NAME_CHARS_MAX) + either_or(args)
        spec = read_spec(ServerlessSpec, where, ServerlessAssistantArgs, args, wrong)
        made = installations(spec.channels, args.get("channels"))
        refuse(where, environment_size_faults(name, spec, args, made))
        super().__init__(name, spec, opts)
        self._take(args, spec)
        sizes = spec.functions
        made, token_keys = self._keyed(made)
        queue = self._queue("queue", "inference", sizes.inference)
        replies = self._queue("replies", "sender", sizes.sender) if any(one.pushes for one in made) else None
        sessions, sessions_arn = self._sessions()
        records = RecordsTable(self._child("records"), self._shared(), self._opts())
        access = Access(
            spec, made, token_keys, sessions_arn, records.table_arn, queue.queue_arn, self._key,
            None if replies is None else replies.queue_arn,
        )  # fmt: skip
        places = Places(
            channels_text(made),
            sessions,
            records.table_name,
            queue.queue_url,
            None if replies is None else replies.queue_url,
        )
        streams = any(one.streams for one in made)
        stream = self._stream(access.stream(), places) if streams else None
        if stream is not None:
            access = replace(access, connections_arn=stream.connections_arn)
            places = replace(places, stream_url=stream.url, stream_endpoint=stream.endpoint)
        ingress = self._function("ingress", access.ingress(), places)
        inference = self._function("inference", [*access.inference(), *self._model()], places)
        self._source("source", queue, inference, sizes.inference)
        api, functions = self._api(ingress, made), [ingress, inference]
        self.alarm_topic = self._topic()
        self._alarms("queue-alarms", queue, sizes.inference, self.alarm_topic)
        if replies is not None:
            sender = self._function("sender", access.sender(replies.queue_arn), places)
            self._source("replies-source", replies, sender, sizes.sender)
            self._alarms("replies-alarms", replies, sizes.sender, self.alarm_topic)
            functions.append(sender)
        groups = [api.log_group_name, *(one.log_group_name for one in functions)]
        self.log_groups = pulumi.Output.all(*groups, *([] if stream is None else [stream.log_group_name]))
        self.session_store = pulumi.Output.from_input(sessions)
        self.queue_url, self.dead_letter_queue_url = queue.queue_url, queue.dead_letter_queue_url
        self._tell(api.url, made)
        self._finish()

    def _tell(self, url: pulumi.Output[str], made: Sequence[Installation]) -> None:
        """The addresses among the outputs."""
        self.url, self.ready_url = url, pulumi.Output.concat(url, READY_PATH)
        self.webhook_urls = pulumi.Output.all(
            **{one.spec.label: pulumi.Output.concat(url, one.spec.label, one.kind.messages) for one in made}
        )
        self.registration = url.apply(lambda known: {one.spec.label: one.registration(known) for one in made})

    def _keyed(self, made: Sequence[Installation]) -> tuple[list[Installation], list[pulumi.Input[str]]]:
        """Gives web installations without a key for their tokens one of their own; also those keys' ARNs."""
        keyed: list[Installation] = []
        own: list[pulumi.Input[str]] = []
        for one in made:
            if one.secret_arns or not one.streams:
                keyed.append(one)
                continue
            suffix = "token-key" if one.spec.label == "web" else f"token-key-{one.spec.name}"
            args: OwnSecretArgs = {"description": "Signs the tokens of web conversations"}
            arn = OwnSecret(self._child(suffix), {**args, **self._shared()}, self._opts()).secret_arn
            own.append(arn)
            keyed.append(replace(one, secret_arns={"token_key": arn}))
        return keyed, own
