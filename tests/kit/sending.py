"""An outbox and a channel in memory, whose faults a test chooses, and a sender between them; a webhook's other end."""

import json
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from assistant.channels.contract import Part, Rules
from assistant.outbox import Outgoing, Pending
from assistant.sender import NotSentError, Sender
from tests.kit.providers import webhook

KEY, ID = "default#telegram#7", "message-1"


class Crash(BaseException):
    """The process ends here."""


class UnavailableError(RuntimeError):
    """The store does not answer."""


class Records:
    """An outbox in memory. `fault(step, when)` is called before and after each change."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Pending] = {}
        self.reasons: list[tuple[str, str]] = []
        self.fault: Callable[[str, str], object] = lambda step, when: None
        self._lock = threading.Lock()

    def put(self, reply: str, id: str = ID, channel: str = "telegram") -> None:
        self.kept[KEY, id] = Pending(Outgoing(id, channel, "main", "default", {"chat": "7"}, reply), "pending", 0, 0)

    def state(self, id: str = ID) -> str:
        return self.kept[KEY, id].state

    def load(self, key: str, message_id: str) -> Pending | None:
        self.fault("load", "before")
        return self.kept.get((key, message_id))

    def begin(self, key: str, message_id: str, part: int, expected: int) -> bool:
        with self._step("begin"):
            found = self.kept[key, message_id]
            if (found.state, found.part, found.attempts) != ("pending", part, expected):
                return False
            self.kept[key, message_id] = replace(found, state="sending", attempts=expected + 1)
        return True

    def sent(self, key: str, message_id: str, part: int, *, last: bool) -> None:
        with self._step("sent"):
            found = self.kept[key, message_id]
            assert (found.state, found.part) == ("sending", part)
            self.kept[key, message_id] = replace(found, state="sent" if last else "pending", part=part + 1)

    def release(self, key: str, message_id: str, part: int) -> None:
        with self._step("release"):
            found = self.kept[key, message_id]
            if (found.state, found.part) == ("sending", part):
                self.kept[key, message_id] = replace(found, state="pending")

    def fail(self, key: str, message_id: str, state: Any, reason: str) -> None:
        with self._step("fail"):
            self.kept[key, message_id] = replace(self.kept[key, message_id], state=state)
            self.reasons.append((state, reason))

    def waiting(self, limit: int) -> list[tuple[str, str]]:
        return [key for key, found in self.kept.items() if found.state in {"pending", "sending"}][:limit]

    def _step(self, step: str) -> "_Step":
        return _Step(self, step, self._lock)


@dataclass
class _Step:
    records: Records
    step: str
    lock: Any

    def __enter__(self) -> None:
        self.records.fault(self.step, "before")
        self.lock.acquire()

    def __exit__(self, *error: object) -> None:
        self.lock.release()
        self.records.fault(self.step, "after")


@dataclass
class Provider:
    """A channel with its provider: what arrived, and what each call is answered with."""

    rules: Rules = field(default_factory=lambda: Rules("telegram", 60, (), 60, replies_per_s=1000))
    got: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    answers: list[Any] = field(default_factory=list[Any])
    during: Callable[[], object] = lambda: None
    routes: tuple[tuple[str, str], ...] = ()

    def receive(self, request: Any, given: Any) -> Any:
        raise NotImplementedError

    def render(self, reply: str) -> Sequence[str]:
        return reply.split("|")

    def send(self, part: Part, address: Mapping[str, str], given: Any) -> None:
        assert address == {"chat": "7"}
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException) and not getattr(answer, "unclear", False):
            raise answer
        known = [key for key, _ in self.got]
        if not (self.rules.resend_unclear and part.key in known):
            self.got.append((part.key, part.text))
        self.during()
        if answer is not None:
            raise answer

    def working(self, address: Mapping[str, str], given: Any) -> None: ...

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.got]


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@dataclass
class Bench:
    """What a test works with. `records` is `Records` or a real outbox."""

    records: Any
    provider: Provider
    time: Time
    given: Callable[[Outgoing], Any] = lambda outgoing: None

    def sender(self) -> Sender:
        """A new one, as after a restart."""
        return Sender(
            self.records, self.given, channel=lambda name: self.provider,
            sleep=self.time.sleep, clock=self.time.clock,
        )  # fmt: skip

    def deliver(self, sender: Sender | None = None, *, id: str = ID, last: bool = False, left: float = 60) -> None:
        (sender or self.sender()).deliver(KEY, id, last=last, left_s=lambda: left)

    def until_done(self, limit: int = 20) -> None:
        """Delivers until it is done with, by a new sender each time: every wait may outlive a process."""
        for _ in range(limit):
            try:
                self.deliver()
                return
            except (NotSentError, UnavailableError, Crash):
                continue
        raise AssertionError("it is never done")


class Program:
    """A program at the other end of a webhook, on this machine: writes messages and takes the replies to them."""

    def __init__(self, folder: Path) -> None:
        self._secret = folder / "signing-secret"
        self._secret.write_text(webhook.SECRET)
        self.receiver = webhook.Receiver()
        self.during: Callable[[], object] = lambda: None
        """Called with every reply, before it is taken."""
        self.faults: list[BaseException] = []

    @property
    def channels(self) -> str:
        """ASSISTANT_CHANNELS with a webhook that is this program's, and the web."""
        told = {
            "channel": "webhook", "secrets": {"signing_secret": f"file:{self._secret}"},
            "options": {"reply_url": self.receiver.url, "allow_private": "true", "conversation_path": "conversation"},
        }  # fmt: skip
        return json.dumps([{"channel": "web"}, told])

    def post(self, client: httpx.Client, id: str, text: str = "hello", conversation: str = "c1") -> httpx.Response:
        """Sends one message, signed now; the same one again when it has the same id."""
        body = {"conversation": conversation, "text": text}
        sent = webhook.delivery(body, id=id, at=str(int(time.time())))
        return client.post("/webhook", content=sent.body, headers=dict(sent.headers))

    @property
    def replies(self) -> list[tuple[str, str]]:
        """(message, reply) in the order in which they were taken."""
        told = [body["data"] for body in list(self.receiver.replies.values())]
        return [(data["in_reply_to"], data["text"]) for data in told]

    def take(self, request: httpx.Request) -> httpx.Response:
        """The answer to a reply."""
        self.during()
        try:
            return self.receiver.handle(request)
        except BaseException as fault:
            self.faults.append(fault)
            return httpx.Response(500)


@contextmanager
def program(folder: Path) -> Generator[Program]:
    """A `Program` that takes replies until the block ends; then, that none of them was malformed."""
    made = Program(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            url = f"http://{self.headers['host']}{self.path}"
            answer = made.take(httpx.Request("POST", url, headers=list(self.headers.items()), content=content))
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status_code != 204:
                self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.receiver.url = f"http://127.0.0.1:{server.server_port}/replies"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
    assert made.faults == []
