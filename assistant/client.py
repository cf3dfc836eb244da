"""Talks to a deployed assistant as its page does: begins a session, sends a message and waits for its reply."""

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
REQUEST_SECONDS = 30.0
RENEW_SECONDS = 60.0  # before the token ends
SILENT_SECONDS = 40.0  # streams are pinged every 15 s

Hear = Callable[[str], None]
"""Is told the reply as it comes, piece by piece."""


class ChatError(RuntimeError):
    """There is no reply; one line that says why."""


def new_id() -> str:
    """A message's id: 128 random bits."""
    return secrets.token_hex(16)


def kept(file: Path | None) -> str:
    """The long token of the conversation that the file keeps; empty when there is none. Raises ChatError."""
    try:
        return file.read_text(encoding="utf-8").strip() if file else ""
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeError) as error:
        raise ChatError(f"session: got {file} ({type(error).__name__}), expected a file that can be read") from None


def keep(file: Path | None, refresh: str) -> None:
    """Keeps a conversation: whoever has the file can read and continue it, so only its owner may. Raises ChatError."""
    if file is None or not refresh:
        return
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(refresh + "\n")
        fresh.replace(file)
    except OSError as error:
        raise ChatError(f"session: got {file} ({error.strerror}), expected a file that can be written") from None


@dataclass
class Chat:
    """One conversation with the assistant at `url`, which may have a path. Use it as a context manager."""

    url: str
    refresh: str = ""
    """The long token of a conversation to go on with; empty: a new one. It changes while the conversation goes on."""
    transport: httpx.BaseTransport | None = None
    """How requests travel; None: over the network."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ChatError(f"url: got {self.url!r}, expected an address that begins with https:// or http://")
        self._base = self.url.rstrip("/") + "/web/"
        self._after = 0
        self._token, self._until = "", 0.0
        self._stream: Any = None
        self._http = httpx.Client(timeout=REQUEST_SECONDS, follow_redirects=True, transport=self.transport)

    def __enter__(self) -> "Chat":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(
        self, text: str, *, deadline_s: float = 60.0, message_id: str | None = None, hear: Hear | None = None
    ) -> str:
        """The reply to a message. Sends it again, with the same id, until it is accepted. Raises ChatError.

        With `hear`, the reply is told as it comes where the assistant streams; all of it has been told at the end,
        unless it was begun anew: then the returned reply is the one that counts.
        """
        deadline = time.monotonic() + deadline_s
        message = {"id": message_id or new_id(), "text": text}
        self._request(deadline, "POST", "messages", "the message to be accepted", json=message)
        told = self._listen(message["id"], deadline, hear) if hear else ""
        pause = FIRST_PAUSE_SECONDS
        while True:
            turns: list[dict[str, Any]] = self._request(
                deadline, "GET", "messages", "the message to be answered", params={"after": str(self._after)}
            ).get("turns", [])
            for turn in turns:
                self._after = int(turn["n"])
                if turn["id"] == message["id"]:
                    if turn["error"]:
                        raise ChatError(f"the assistant could not answer: {turn['reply']}")
                    reply = str(turn["reply"])
                    if hear and reply.startswith(told):
                        hear(reply[len(told) :])
                    return reply
            if turns:
                continue
            self._sleep(pause, deadline, f"no reply in {deadline_s:g} s; the message is accepted and will be answered")
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    def _listen(self, message_id: str, deadline: float, hear: Hear) -> str:
        """What could be told of the reply as it came; the turns have the rest."""
        told = ""
        # Whatever breaks the stream, the reply is stored and asked for afterwards.
        with suppress(httpx.HTTPError, ValueError, LookupError, TypeError):
            for event in self._events(deadline):
                if event.get("id") == message_id:
                    # Stored, begun anew, or a piece is missing.
                    if event.get("offset") != len(told):
                        return told
                    hear(event["delta"])
                    told += event["delta"]
                elif event.get("turn", {}).get("id") == message_id:
                    return told
        return told

    def _events(self, deadline: float) -> Iterator[dict[str, Any]]:
        """Server-sent events until the deadline; none where the assistant has no such stream."""
        if not self._stream or self._stream["kind"] != "sse":
            return
        headers = {"authorization": f"Bearer {self._token}", "last-event-id": str(self._after)}
        address = urljoin(self._base, self._stream["url"])
        silent = httpx.Timeout(max(0.1, min(SILENT_SECONDS, deadline - time.monotonic())))
        with self._http.stream("GET", address, headers=headers, timeout=silent) as answer:
            if not answer.is_success:
                return
            for line in answer.iter_lines():
                if time.monotonic() > deadline:
                    return
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def _request(self, deadline: float, method: str, path: str, wanted: str, **given: Any) -> Any:
        """The JSON of an authorised request; the token is asked for anew once it is refused or near its end."""
        if not self._token or time.monotonic() > self._until:
            self._admit(deadline)
        try:
            return self._sent(deadline, method, path, wanted, headers=self._bearer, **given)
        except _TokenRefusedError:
            self._admit(deadline)
        return self._sent(deadline, method, path, wanted, headers=self._bearer, **given)

    @property
    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"}

    def _admit(self, deadline: float) -> None:
        given = self._sent(
            deadline, "POST", "session", "a session", json={"refresh": self.refresh} if self.refresh else {}
        )
        try:
            self._token, self.refresh, self._stream = given["token"], given["refresh"], given.get("stream")
            self._until = time.monotonic() + max(5.0, float(given["expires_in"]) - RENEW_SECONDS)
        except (LookupError, TypeError, ValueError, AttributeError):
            raise ChatError(f"{self._base}session: got no session; is the URL the assistant's?") from None

    def _sent(self, deadline: float, method: str, path: str, wanted: str, **given: Any) -> Any:
        """The JSON of a successful answer; what may pass is tried again until the deadline."""
        pause, last, address = FIRST_PAUSE_SECONDS, "nothing", self._base + path
        while True:
            left = max(0.1, deadline - time.monotonic())
            wait = 0.0
            try:
                answer = self._http.request(method, address, timeout=min(REQUEST_SECONDS, left), **given)
                if answer.is_success:
                    return answer.json()
                last = f"{answer.status_code} {_line(answer)}"
                if answer.status_code < 500 and answer.status_code != 429:
                    refused = _TokenRefusedError if answer.status_code == 401 else ChatError
                    raise refused(f"{address}: got {last}")
                asked = answer.headers.get("retry-after", "")
                wait = float(asked) if asked.isascii() and asked.isdigit() else 0.0
            except httpx.HTTPError as error:
                last = f"{type(error).__name__}: {error}".splitlines()[0]
            except ValueError:
                raise ChatError(f"{address}: got an answer that is not JSON; is the URL the assistant's?") from None
            self._sleep(max(wait, pause), deadline, f"{address}: got {last}, expected {wanted}")
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _sleep(self, pause: float, deadline: float, otherwise: str) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ChatError(otherwise)
        time.sleep(min(pause, left))


class _TokenRefusedError(ChatError):
    """The token no longer holds."""


def _line(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]).splitlines()[0]
    except (ValueError, LookupError, TypeError):
        return answer.reason_phrase
