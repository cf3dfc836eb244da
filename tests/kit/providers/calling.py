"""What a channel works with in tests: secrets by value, a clock that stands, and an API that is a function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from assistant.channels.contract import Answer, Installation, SendError
from assistant.secrets import SecretUnavailableError

Handler = Callable[[httpx.Request], httpx.Response]


class Through:
    """The `Api` protocol over a function that takes a request and returns a response."""

    def __init__(self, handler: Handler) -> None:
        self._client = httpx.Client(transport=httpx.MockTransport(handler))

    def call(
        self, method: str, url: str, *, json: Any = None, content: bytes | None = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        try:
            response = self._client.request(method, url, json=json, content=content, headers=headers, params=params)
        except httpx.HTTPError as error:
            raise SendError(f"api: got {type(error).__name__}", unclear=True) from None
        return Answer(response.status_code, response.content, {k.lower(): v for k, v in response.headers.items()})


class NoTokens:
    """The `Tokens` protocol of a channel that has no use for them."""

    def get(self, key: str, fetch: Callable[[], tuple[str, float]]) -> str:
        raise AssertionError(f"{key} was asked for")

    def drop(self, key: str) -> None:
        raise AssertionError(f"{key} was dropped")


@dataclass
class Scripted:
    """The `Given` protocol."""

    installation: Installation
    api: Any
    secrets: dict[str, str]
    at: float = 1_700_000_000
    tokens: Any = field(default_factory=NoTokens)

    def secret(self, name: str) -> str:
        if not self.secrets.get(name):
            raise SecretUnavailableError(f"{name}: got no reference, expected one")
        return self.secrets[name]

    def option(self, name: str, default: str = "") -> str:
        return self.installation.options.get(name) or default

    def now(self) -> float:
        return self.at
