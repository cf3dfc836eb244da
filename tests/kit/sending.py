"""An outbox and a channel in memory, whose faults a test chooses, and a sender between them; a webhook's other end."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.channels.contract import Part, Rules
from assistant.outbox import Outgoing, Pending
from assistant.sender import NotSentError, Sender

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
        raise AssertionError("who sends receives nothing")

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
