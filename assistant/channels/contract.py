"""What a channel is: a row of rules, and how it takes messages in and sends replies out."""

import json as json_format
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from assistant.routing import Request, Response

OK = Response(200, "")

Unit = Literal["characters", "utf8", "utf16"]
"""How a channel counts the length of a text: code points, bytes of UTF-8, or code units of UTF-16."""


@dataclass(frozen=True)
class Rules:
    """One channel's row of data. Every number is the provider's unless its comment says otherwise."""

    name: str
    ack_budget_s: float
    """Seconds within which a message must be acknowledged, or the sender counts it as failed."""
    retry_ladder_s: tuple[float, ...]
    """Seconds between one delivery that failed and the next. Empty: the sender does not try again."""
    dedup_ttl_s: int
    """Seconds during which the same message may come again."""
    past_s: int | None = None
    """Most seconds that a request may be old. None: the channel carries no time that can be judged."""
    future_s: int = 300
    """Most seconds that a request's clock may be ahead."""
    reply_limit: int = 4000
    """Most of `reply_unit` in one sent message."""
    reply_unit: Unit = "characters"
    replies_per_s: float = 1.0
    """Messages per second in one conversation."""
    resend_unclear: bool = False
    """True when the provider drops a repeated send by itself, so that an unclear one may be sent again."""
    secrets: tuple[str, ...] = ()
    """Names of the secrets that it cannot work without."""
    optional_secrets: tuple[str, ...] = ()
    receiving: tuple[str, ...] = ()
    """Of all of them, those that prove a request genuine; the others are for sending."""
    options: tuple[str, ...] = ()
    """Names of the plain values that it cannot work without."""
    optional_options: tuple[str, ...] = ()
    reads_errors: bool = False
    """True when the sender is a program that can act on a 4xx answer; otherwise a text that is too long is cut."""
    registration: Literal["api", "manual", "none"] = "manual"
    """Whether the provider can be told the address by an API call, by hand, or need not be told."""


@dataclass(frozen=True)
class Installation:
    """A channel as one tenant has set it up."""

    channel: str
    tenant: str = "default"
    name: str = "main"
    """Tells installations of one channel apart; part of its path unless it is `main`."""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    """Secret's name -> reference (secretsmanager:, ssm: or file:)."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def path(self) -> str:
        """Where its requests come in: /telegram, or /telegram/<name>."""
        return f"/{self.channel}" if self.name == "main" else f"/{self.channel}/{self.name}"


class Tokens(Protocol):
    """Access tokens of providers, kept until shortly before they expire."""

    def get(self, key: str, fetch: Callable[[], tuple[str, float]]) -> str:
        """The kept token, or that of `fetch`, which returns it with the seconds that it lives."""
        ...

    def drop(self, key: str) -> None:
        """Forgets a token that was refused."""
        ...


class Api(Protocol):
    """Calls of a provider's API."""

    def call(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> "Answer":
        """One request, without redirects, within 10 seconds. Raises SendError when there is no answer."""
        ...


@dataclass(frozen=True)
class Answer:
    """A provider's answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""

    def json(self) -> Any:
        """The body as JSON; None when it is not JSON."""
        try:
            return json_format.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Given(Protocol):
    """What a channel works with."""

    @property
    def installation(self) -> Installation: ...
    @property
    def api(self) -> Api: ...
    @property
    def tokens(self) -> Tokens: ...
    def secret(self, name: str) -> str:
        """The secret's value; never empty. Raises SecretUnavailableError."""
        ...

    def option(self, name: str, default: str = "") -> str: ...
    def now(self) -> float:
        """Seconds since 1970."""
        ...


@dataclass(frozen=True)
class Incoming:
    """A genuine message of a person."""

    id: str
    """De-duplication key: the same for the same message delivered again, another for any other one."""
    conversation: str
    """What is answered in order: any text, the same for the same conversation."""
    user: str
    """Who wrote it, as the provider calls them."""
    text: str
    address: Mapping[str, str] = field(default_factory=dict[str, str])
    """What `send` needs to reach the conversation; stored with the message. Never a lasting secret."""
    ack: Response = OK
    """The answer once the message is stored, and when it comes again."""


@dataclass(frozen=True)
class Answered:
    """A genuine request that carries no message: a handshake, or an event that is left alone."""

    response: Response = OK


class RefusedError(ValueError):
    """The request is not genuine, not fresh or not readable. The text is for the log and names no value."""

    safe_to_log = True

    def __init__(self, line: str, status: int = 401) -> None:
        super().__init__(line)
        self.status = status


@dataclass(frozen=True)
class Part:
    """One message to send: a reply, or a piece of a long one."""

    text: str
    """In the channel's dialect and within its limit."""
    index: int
    count: int
    key: str
    """32 hexadecimal digits, the same when the part is sent again, another for any other part."""


class SendError(RuntimeError):
    """The provider did not take a message. The text names status and code, never the message or a secret."""

    safe_to_log = True

    def __init__(self, text: str, *, passing: bool = False, wait_s: float = 0, unclear: bool = False) -> None:
        super().__init__(text)
        self.passing = passing or unclear
        """True when the same call may succeed later, as it may after an unclear one."""
        self.wait_s = wait_s
        """Seconds that the provider asked to wait."""
        self.unclear = unclear
        """True when the provider may have taken it all the same (the connection broke after sending)."""


class Channel(Protocol):
    """One channel. Holds no state; everything that differs between installations is in `given`."""

    @property
    def rules(self) -> Rules: ...
    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """(method, path below the installation's path), such as ("POST", "") or ("POST", "/events")."""
        ...

    def receive(self, request: Request, given: Given) -> Incoming | Answered:
        """Authenticates the exact bytes, then reads them. Raises RefusedError."""
        ...

    def render(self, reply: str) -> Sequence[str]:
        """A reply in Markdown as texts in the channel's dialect, each within its limit; at least one."""
        ...

    def send(self, part: Part, address: Mapping[str, str], given: Given) -> None:
        """Sends one part. Raises SendError."""
        ...

    def working(self, address: Mapping[str, str], given: Given) -> None:
        """Shows that a reply is on its way, where the channel can; failures are of no consequence."""
        ...
