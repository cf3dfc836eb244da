"""Sends stored replies: each part at most once and, unless it fails for good, at least once as far as that goes."""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant import channels, log, metrics
from assistant.channels.contract import Channel, Given, Part, SendError
from assistant.outbox import Outbox, Outgoing, Pending, State
from assistant.secrets import SecretUnavailableError
from assistant.sender.pace import Pace

ONE_PART_SECONDS = 11.0
"""One call of a provider's API and the records around it."""
OTHER_SECONDS = 5.0
MOST_WAIT_SECONDS = 60.0
WRITES = 3


class NotSentError(RuntimeError):
    """The reply is to be tried again after `wait_s` seconds; what was sent of it is not sent again."""

    safe_to_log = True

    def __init__(self, text: str, *, wait_s: float = 0, progressed: bool = False) -> None:
        super().__init__(text)
        self.wait_s = wait_s
        self.progressed = progressed
        """True when nothing went wrong: parts were sent, and only the time ran out."""


@dataclass
class _Work:
    """A reply that is being sent."""

    key: str
    outgoing: Outgoing
    channel: Channel
    given: Given
    parts: list[str]
    part: int
    """The next one."""
    attempts: int
    doubtful: bool = False
    """True when it is unclear whether a part was taken."""
    sent: int = 0

    @property
    def id(self) -> str:
        return self.outgoing.message_id

    @property
    def last(self) -> bool:
        return self.part + 1 >= len(self.parts)

    def made(self) -> Part:
        """The next part. Its key depends on the reply, too: one that takes an apology's place is another message."""
        name = "\0".join((self.key, self.id, str(self.part), self.outgoing.reply))
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return Part(self.parts[self.part], self.part, len(self.parts), digest[:32])


class Sender:
    """Safe to use from several threads."""

    def __init__(
        self, outbox: Outbox, given: Callable[[Outgoing], Given], *,
        channel: Callable[[str], Channel] = channels.load, sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`given` tells what a reply's channel works with; a LookupError says that it is no longer there."""
        self._outbox, self._given, self._channel, self._sleep = outbox, given, channel, sleep
        self._pace = Pace(clock)
        self._lock = threading.Lock()
        self._in_work: dict[str, tuple[threading.Lock, int]] = {}
        self._known: dict[tuple[str, str], tuple[int, bool]] = {}  # (part, sent) that could not be written down

    def deliver(self, key: str, message_id: str, *, last: bool, left_s: Callable[[], float]) -> None:
        """Returns when the reply is done with: sent, failed for good, or unclear. Raises NotSentError, or what went
        wrong with the outbox, when it is to be tried again. With `last`, what would be tried again has failed; a reply
        that only lacks time is left as it is. `left_s` tells the seconds until this process is stopped.
        """
        with self._alone(key):
            pending = self._outbox.load(key, message_id)
            if pending is None or pending.state not in {"pending", "sending"}:
                log.event("nothing to send", state=pending.state if pending else "none")
                return
            work = self._prepare(key, pending)
            if work is None:
                return
            if pending.state == "sending":
                self._settle(work)
            self._known.pop((key, message_id), None)
            while work.part < len(work.parts):
                self._wait(work, left_s)
                self._send(work, last=last)

    def _prepare(self, key: str, pending: Pending) -> _Work | None:
        outgoing = pending.outgoing
        try:
            channel, given = self._channel(outgoing.channel), self._given(outgoing)
            parts = list(channel.render(outgoing.reply))
        except Exception as error:  # an installation that is gone, or a text that the channel cannot write
            log.failure("reply cannot be sent", error)
            self._end(key, outgoing, "failed", f"got {type(error).__name__}, expected a channel that can write it")
            return None
        work = _Work(key, outgoing, channel, given, parts, pending.part, pending.attempts)
        if work.part >= len(parts):  # rendered otherwise before: what was sent covers it
            self._end(key, outgoing, "unclear", f"got part {work.part + 1} of {len(parts)}")
            return None
        return work

    def _settle(self, work: _Work) -> None:
        """Decides on a part that somebody began to send who is gone."""
        known = self._known.get((work.key, work.id))
        if known == (work.part, True):
            self._pass_on(work)
        elif known == (work.part, False) or work.channel.rules.resend_unclear:
            self._outbox.release(work.key, work.id, work.part)
        else:
            self._doubt(work, "the sender ended while it sent it")

    def _wait(self, work: _Work, left_s: Callable[[], float]) -> None:
        pause = self._pace.wait_s(work.key)
        if pause + ONE_PART_SECONDS > left_s():
            raise NotSentError(
                f"got no time for part {work.part + 1} of {len(work.parts)}", wait_s=pause, progressed=work.sent > 0
            )
        if pause:
            self._sleep(pause)

    def _send(self, work: _Work, *, last: bool) -> None:
        try:
            begun = self._outbox.begin(work.key, work.id, work.part, work.attempts)
        except Exception:
            self._release(work, known=False)  # it may have been written all the same
            raise
        if not begun:
            raise NotSentError("got a reply that another sender has, expected it here", wait_s=OTHER_SECONDS)
        work.attempts += 1
        self._pace.took(work.key, work.channel.rules.replies_per_s)
        started = time.monotonic()
        error = self._call(work)
        metrics.observe("assistant_stage_seconds", time.monotonic() - started, stage="send")
        if error is None:
            work.sent += 1
            self._pass_on(work)
        else:
            self._refused(work, error, last=last)

    def _call(self, work: _Work) -> SendError | None:
        try:
            work.channel.send(work.made(), work.outgoing.address, work.given)
        except SendError as error:
            return error
        except SecretUnavailableError as error:
            return SendError(str(error), passing=True)
        except Exception as error:  # nobody can tell whether it happened before or after the provider took it
            log.failure("channel failed", error, channel=work.outgoing.channel)
            return SendError(f"got {type(error).__name__} from the channel", passing=True, unclear=True)
        return None

    def _refused(self, work: _Work, error: SendError, *, last: bool) -> None:
        again = error.passing and not last
        failures = min(10, work.attempts - work.part)  # every part was begun once at least
        wait = error.wait_s or min(MOST_WAIT_SECONDS, 2.0**failures) * random.uniform(0.5, 1)
        if error.unclear and not work.channel.rules.resend_unclear:
            self._doubt(work, str(error))
            if work.part < len(work.parts):  # what follows it was not sent; the provider gets a moment first
                self._again_or_fail(work, error, wait, again=again)
            return
        if again:
            self._release(work)
        self._again_or_fail(work, error, wait, again=again)

    def _again_or_fail(self, work: _Work, error: SendError, wait_s: float, *, again: bool) -> None:
        if again:
            raise NotSentError(str(error), wait_s=wait_s)
        work.part = len(work.parts)
        self._end(work.key, work.outgoing, "unclear" if error.unclear else "failed", str(error))

    def _doubt(self, work: _Work, reason: str) -> None:
        """Goes on after a part that may or may not have been taken and must not come twice."""
        log.event(
            "part unclear", level="WARNING", channel=work.outgoing.channel, part=work.part + 1, parts=len(work.parts),
            detail=reason,
        )  # fmt: skip
        work.doubtful = True
        self._pass_on(work, reason)

    def _pass_on(self, work: _Work, reason: str = "") -> None:
        if work.last and work.doubtful:
            self._write(work, lambda: self._end(work.key, work.outgoing, "unclear", reason or "an earlier part"))
        else:
            self._write(work, lambda: self._outbox.sent(work.key, work.id, work.part, last=work.last))
            if work.last:
                metrics.count("assistant_replies_sent_total", channel=work.outgoing.channel, outcome="sent")
                log.event("sent", channel=work.outgoing.channel, parts=len(work.parts))
        work.part += 1

    def _write(self, work: _Work, write: Callable[[], None]) -> None:
        """Insists: a part that was sent and is not on record could only be called unclear."""
        for number in range(1, WRITES + 1):
            try:
                write()
                return
            except Exception:
                if number == WRITES:
                    self._known[work.key, work.id] = (work.part, True)
                    raise
                self._sleep(0.2 * number)

    def _release(self, work: _Work, *, known: bool = True) -> None:
        try:
            self._outbox.release(work.key, work.id, work.part)
        except Exception as error:
            if known:
                self._known[work.key, work.id] = (work.part, False)
            log.failure("reply not released", error)

    def _end(self, key: str, outgoing: Outgoing, state: State, reason: str) -> None:
        self._outbox.fail(key, outgoing.message_id, state, reason)
        metrics.count("assistant_replies_sent_total", channel=outgoing.channel, outcome=state)
        log.event("not sent for good", level="ERROR", channel=outgoing.channel, state=state, detail=reason)

    @contextmanager
    def _alone(self, key: str) -> Generator[None]:
        """One reply of a conversation at a time."""
        with self._lock:
            lock, users = self._in_work.get(key, (threading.Lock(), 0))
            self._in_work[key] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, users = self._in_work[key]
                if users > 1:
                    self._in_work[key] = (lock, users - 1)
                else:
                    del self._in_work[key]
