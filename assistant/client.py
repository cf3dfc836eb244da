"""Talks to a deployed assistant: sends a message and waits for its reply."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
REQUEST_SECONDS = 30.0


class ChatError(RuntimeError):
    """There is no reply; one line that says why."""


def new_id() -> str:
    """A conversation's or a message's id: 128 random bits."""
    return secrets.token_hex(16)


@dataclass
class Chat:
    """One conversation with the assistant at `url`, which may have a path. Use it as a context manager."""

    url: str
    conversation: str = field(default_factory=new_id)
    transport: httpx.BaseTransport | None = None
    """How requests travel; None: over the network."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ChatError(f"url: got {self.url!r}, expected an address that begins with https:// or http://")
        self._address = self.url.rstrip("/") + "/web/messages"
        self._after = 0
        self._http = httpx.Client(timeout=REQUEST_SECONDS, follow_redirects=True, transport=self.transport)

    def __enter__(self) -> "Chat":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, text: str, *, deadline_s: float = 60.0, message_id: str | None = None) -> str:
        """The reply to a message. Sends it again, with the same id, until it is accepted. Raises ChatError."""
        deadline = time.monotonic() + deadline_s
        message = {"conversation": self.conversation, "id": message_id or new_id(), "text": text}
        self._request(deadline, "POST", "accepted", json=message)
        pause = FIRST_PAUSE_SECONDS
        while True:
            query = {"conversation": self.conversation, "after": str(self._after)}
            turns: list[dict[str, Any]] = self._request(deadline, "GET", "answered", params=query).get("turns", [])
            for turn in turns:
                self._after = int(turn["n"])
                if turn["id"] == message["id"]:
                    if turn["error"]:
                        raise ChatError(f"the assistant could not answer: {turn['reply']}")
                    return str(turn["reply"])
            if turns:
                continue
            self._sleep(pause, deadline, f"no reply in {deadline_s:g} s; the message is accepted and will be answered")
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    def _request(self, deadline: float, method: str, wanted: str, **given: Any) -> Any:
        """The JSON of a successful answer; what may pass is tried again until the deadline."""
        pause, last = FIRST_PAUSE_SECONDS, "nothing"
        while True:
            left = max(0.1, deadline - time.monotonic())
            wait = 0.0
            try:
                answer = self._http.request(method, self._address, timeout=min(REQUEST_SECONDS, left), **given)
                if answer.is_success:
                    return answer.json()
                last = f"{answer.status_code} {_line(answer)}"
                if answer.status_code < 500 and answer.status_code != 429:
                    raise ChatError(f"{self._address}: got {last}")
                asked = answer.headers.get("retry-after", "")
                wait = float(asked) if asked.isascii() and asked.isdigit() else 0.0
            except httpx.HTTPError as error:
                last = f"{type(error).__name__}: {error}".splitlines()[0]
            except ValueError:
                raise ChatError(
                    f"{self._address}: got an answer that is not JSON; is the URL the assistant's?"
                ) from None
            self._sleep(max(wait, pause), deadline, f"{self._address}: got {last}, expected the message to be {wanted}")
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _sleep(self, pause: float, deadline: float, otherwise: str) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ChatError(otherwise)
        time.sleep(min(pause, left))


def _line(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]).splitlines()[0]
    except (ValueError, LookupError, TypeError):
        return answer.reason_phrase
