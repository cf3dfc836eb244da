"""What each function of ServerlessAssistant may do: as little as its part of the work needs."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from assistant_components.channel.installation import Installation, Use
from assistant_components.model.replies import CacheTier
from assistant_components.security import roles
from assistant_components.security.roles import Permission
from assistant_components.topologies.serverless_args import ServerlessSpec

CHANNEL_SECRETS, TOKEN_KEYS = "ChannelSecrets", "TokenKeys"


@dataclass(frozen=True)
class Access:
    """What there is to have access to."""

    spec: ServerlessSpec
    made: Sequence[Installation]
    token_keys: Sequence[pulumi.Input[str]]
    """ARNs of the secrets that the application gives a value at first use."""
    sessions_arn: pulumi.Input[str]
    records_arn: pulumi.Input[str]
    queue_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] | None = None
    replies_arn: pulumi.Input[str] | None = None
    connections_arn: pulumi.Input[str] | None = None

    def ingress(self) -> list[Permission]:
        """Takes messages in once, begins conversations on the web, and shows their turns."""
        return [
            roles.send_messages(self.queue_arn, asks=True),
            roles.table_access("ReadSessions", self.sessions_arn, "Query"),
            roles.table_access("Records", self.records_arn, "GetItem", "PutItem", "UpdateItem", "DeleteItem"),
            *self._secrets("receiving"),
            *roles.keep_secrets(TOKEN_KEYS, self.token_keys),
            *self._key(encrypts=True),
        ]

    def inference(self) -> list[Permission]:
        """Answers messages: keeps turns and what is to be sent, counts usage, tells pages and who waits."""
        turns = ["GetItem", "Query", "PutItem", *(["UpdateItem"] if self.replies_arn is not None else [])]
        replies, told = self.spec.replies, self.connections_arn is not None
        cached = replies.cache.tier is CacheTier.TABLE
        records = ["UpdateItem"]
        records += ["GetItem"] if cached or told or replies.limits.some else []
        records += ["PutItem"] if cached else []
        records += ["Query", "DeleteItem"] if told else []
        return [
            roles.receive_messages(self.queue_arn),
            roles.table_access("Sessions", self.sessions_arn, *turns),
            roles.table_access("Records", self.records_arn, *records),
            *([] if self.replies_arn is None else [roles.send_messages(self.replies_arn)]),
            *([] if self.connections_arn is None else [roles.manage_connections(self.connections_arn)]),
            *self._secrets("showing"),
            *self._key(encrypts=self.replies_arn is not None),
        ]

    def sender(self, replies_arn: pulumi.Input[str]) -> list[Permission]:
        """Sends replies, and keeps what was sent."""
        return [
            roles.receive_messages(replies_arn),
            roles.table_access("Outbox", self.sessions_arn, "GetItem", "UpdateItem"),
            *self._secrets("sending"),
            *self._key(encrypts=False),
        ]

    def stream(self) -> list[Permission]:
        """Checks tokens and knows who reads which conversation; its API adds the right to answer."""
        return [
            roles.table_access("ReadSessions", self.sessions_arn, "Query"),
            roles.table_access("Records", self.records_arn, "GetItem", "PutItem", "DeleteItem"),
            *self._secrets("receiving", only_web=True),
            *roles.keep_secrets(TOKEN_KEYS, self.token_keys),
            *self._key(encrypts=bool(self.token_keys)),
        ]

    def _secrets(self, what: Use, *, only_web: bool = False) -> list[Permission]:
        found = [
            arn
            for one in self.made
            if one.streams or not only_web
            for arn in one.arns(one.secrets(what))
            if not any(arn is own for own in self.token_keys)
        ]
        return roles.read_secrets(CHANNEL_SECRETS, found)

    def _key(self, *, encrypts: bool) -> list[Permission]:
        return [] if self.key_arn is None else [roles.use_key(self.key_arn, encrypts=encrypts)]
