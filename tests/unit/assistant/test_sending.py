"""A reply's way from where it is stored to its channel: handed on with its record, sent in order, tried again."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from assistant.config import Config
from assistant.deliveries import Deliveries
from assistant.messages import Message
from assistant.models import ModelError
from assistant.outbox.sqlite import SqliteOutbox
from assistant.queue import Delivery
from assistant.replies import StoredReply
from assistant.sender import NotSentError
from assistant.sending import BEHIND, send_batch
from tests.kit.answering import HandedOn, Says
from tests.kit.answering import inference as made
from tests.kit.assistant_parts import wait_for

MOST_ATTEMPTS = 8


@pytest.fixture
def pushed(make_message: Any) -> Message:
    """A message of a channel that replies are sent to."""
    return make_message(id="message-1", channel="telegram", user="ann", address={"chat": "7"})


class Sender:
    """Notes what it is to send; `faults` has what happens at each call, None being that all goes well."""

    def __init__(self, *faults: Exception | None, always: Exception | None = None) -> None:
        self.faults, self.always = list(faults), always
        self.asked: list[str] = []
        self.sent: list[str] = []
        self.lasts: list[bool] = []

    def deliver(self, key: str, message_id: str, *, last: bool, left_s: Callable[[], float]) -> None:
        self.asked.append(f"{key} {message_id}")
        self.lasts.append(last)
        fault = self.faults.pop(0) if self.faults else self.always
        if fault is not None:
            raise fault
        self.sent.append(f"{key} {message_id}")


def deliver(*names: str, receives: int = 1) -> list[Delivery]:
    """Deliveries of stored replies: `a 1` is reply 1 of conversation a."""
    replies = [StoredReply(name[0], name[2:]) for name in names]
    return [Delivery(f"{r.key} {r.id}", "receipt", r.group, receives, r.to_body()) for r in replies]


def sent(sender: Sender, deliveries: list[Delivery], left_s: float = 100, most: int = 5) -> list[Any]:
    return send_batch(cast("Any", sender), deliveries, lambda: left_s, most)


def ids(failures: list[Any]) -> list[str]:
    return [failure.delivery.id for failure in failures]


class TestHandingOn:
    """What inference does with a reply that is to be sent."""

    def test_a_reply_is_stored_together_with_the_record_that_it_is_to_be_sent(
        self, local_sessions: Any, model: Any, pushed: Message
    ) -> None:
        handed_on = HandedOn()
        made(local_sessions, model, forward=handed_on).answer(pushed, last=False, budget_s=9)
        pending = SqliteOutbox(local_sessions._database).load(pushed.key, "message-1")
        assert pending is not None
        assert (pending.state, pending.part, pending.outgoing.reply) == ("pending", 0, "reply to hello")
        assert (pending.outgoing.channel, pending.outgoing.address) == ("telegram", {"chat": "7"})
        assert handed_on.ids == ["message-1"]

    def test_what_people_read_by_themselves_is_not_handed_on(
        self, local_sessions: Any, model: Any, make_message: Any
    ) -> None:
        handed_on = HandedOn()
        made(local_sessions, model, forward=handed_on).answer(make_message(), last=False, budget_s=9)
        assert handed_on.ids == []
        assert SqliteOutbox(local_sessions._database).waiting(10) == []

    def test_one_that_was_stored_and_not_handed_on_is_when_the_message_comes_again(
        self, local_sessions: Any, model: Any, pushed: Message
    ) -> None:
        def ends(message: Message, error: bool) -> None:
            raise ConnectionError("the process ends")

        with pytest.raises(ConnectionError):
            made(local_sessions, model, forward=ends).answer(pushed, last=False, budget_s=9)
        handed_on = HandedOn()
        made(local_sessions, model, forward=handed_on).answer(pushed, last=False, budget_s=9)
        assert handed_on.ids == ["message-1"]
        assert model.asked == ["hello"]

    def test_the_apology_is_handed_on_and_then_the_reply_that_takes_its_place(
        self, local_sessions: Any, model: Any, pushed: Message
    ) -> None:
        handed_on = HandedOn()
        inference = made(local_sessions, model, forward=handed_on)
        model.failures = 1
        with pytest.raises(ModelError):
            inference.answer(pushed, last=True, budget_s=9)
        inference.answer(pushed, last=False, budget_s=9)
        assert handed_on.ids == ["sorry message-1", "message-1"]
        pending = SqliteOutbox(local_sessions._database).load(pushed.key, "message-1")
        assert pending is not None
        assert pending.outgoing.reply == "reply to hello"

    def test_a_message_without_time_for_its_last_attempt_is_apologised_for_on_its_channel(
        self, local_sessions: Any, pushed: Message
    ) -> None:
        handed_on = HandedOn()
        made(local_sessions, Says("hi"), Config(), forward=handed_on).give_up(pushed)
        assert handed_on.ids == ["sorry message-1"]
        assert SqliteOutbox(local_sessions._database).waiting(10) == [(pushed.key, "message-1")]


class TestABatch:
    """What the sender's function does with the replies in one event."""

    def test_replies_are_sent_in_their_order(self) -> None:
        sender = Sender()
        assert sent(sender, deliver("a 1", "b 1", "a 2")) == []
        assert sender.sent == ["a 1", "b 1", "a 2"]

    def test_what_follows_a_failure_in_its_conversation_waits_with_it_and_others_are_sent(self) -> None:
        sender = Sender(NotSentError("got 429", wait_s=40))
        failures = sent(sender, deliver("a 1", "b 1", "a 2", "b 2"))
        assert ids(failures) == ["a 1", "a 2"]
        assert sender.asked == ["a 1", "b 1", "b 2"]
        assert [failure.wait_s for failure in failures] == [40, 40]
        assert [failure.reason for failure in failures] == ["NotSentError: got 429", BEHIND]

    def test_the_wait_grows_with_the_deliveries_and_is_at_least_what_was_asked_for(self) -> None:
        def wait(receives: int, asked: float = 0) -> int:
            sender = Sender(NotSentError("got 503", wait_s=asked))
            return sent(sender, deliver("a 1", receives=receives), most=99)[0].wait_s

        for receives, about in ((1, 2), (3, 8), (5, 32), (40, 300)):
            assert 0.7 * about <= wait(receives) <= 1.3 * about
        assert wait(1, asked=77) == 77

    def test_a_failure_at_the_last_delivery_lets_the_conversation_go_on(self) -> None:
        sender = Sender(OSError("store"))
        failures = sent(sender, [*deliver("a 1", receives=5), *deliver("a 2")])
        assert [(failure.delivery.id, failure.wait_s) for failure in failures] == [("a 1", 0)]
        assert sender.sent == ["a 2"]
        assert sender.lasts == [True, False]

    def test_nothing_is_begun_without_the_time_to_end_it(self) -> None:
        sender, left = Sender(), iter([60.0, 11.9, 60.0, 60.0])
        failures = send_batch(cast("Any", sender), deliver("a 1", "b 1", "b 2", "c 1"), lambda: next(left), 5)
        assert ids(failures) == ["b 1", "b 2"]
        assert [failure.wait_s for failure in failures] == [0, 0]
        assert sender.sent == ["a 1", "c 1"]

    def test_what_is_no_stored_reply_fails_alone_and_is_not_quoted(self, capsys: pytest.CaptureFixture[str]) -> None:
        odd = Delivery("odd", "receipt", "g", 1, '{"v":99,"text":"my secret"}')
        sender = Sender()
        failures = sent(sender, [odd, *deliver("b 1")])
        assert ids(failures) == ["odd"]
        assert sender.sent == ["b 1"]
        assert "my secret" not in failures[0].reason + capsys.readouterr().err

    def test_log_lines_carry_the_message_s_correlation(self, capsys: pytest.CaptureFixture[str]) -> None:
        reply = StoredReply("a", "1", correlation="0123456789abcdef")
        sent(Sender(OSError("x")), [Delivery("q", "receipt", reply.group, 1, reply.to_body())])
        assert '"correlation":"0123456789abcdef"' in capsys.readouterr().err

    def test_one_that_ran_out_of_time_goes_on_at_once_and_is_no_failure_to_wait_for(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sender = Sender(NotSentError("got no time for part 2 of 9", wait_s=1, progressed=True))
        assert all(failure.wait_s <= 1 for failure in sent(sender, deliver("a 1", receives=4)))
        assert '"level":"ERROR"' not in capsys.readouterr().err


class TestInOneProcess:
    """What the threads of one process do with it."""

    def run(self, sender: Sender) -> None:
        empty: Any = type("Outbox", (), {"waiting": lambda self, limit: []})()
        deliveries = Deliveries(empty, cast("Any", sender), threads=2, first_wait_s=0.001, most_attempts=MOST_ATTEMPTS)
        deliveries.start()
        deliveries.add(StoredReply("a", "1"))
        wait_for(lambda: deliveries.depth == 0)
        assert deliveries.stop(10)

    def test_a_long_reply_that_only_ran_out_of_time_goes_on_as_often_as_it_takes(self) -> None:
        sender = Sender(*[NotSentError("no time", progressed=True)] * (3 * MOST_ATTEMPTS))
        self.run(sender)
        assert sender.sent == ["a 1"]
        assert set(sender.lasts) == {False}

    def test_failures_count_though_it_went_on_in_between(self) -> None:
        progressed, failed = NotSentError("no time", progressed=True), NotSentError("got 503")
        sender = Sender(*[progressed, failed] * MOST_ATTEMPTS, always=failed)
        self.run(sender)
        assert sender.sent == []
        assert sender.lasts.count(True) >= 1
