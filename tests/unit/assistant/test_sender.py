"""The sender: each part of a reply goes out once, at the channel's pace, and what fails is on record."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from assistant import metrics
from assistant.channels.contract import SendError
from assistant.outbox import Outgoing
from assistant.secrets import SecretUnavailableError
from assistant.sender import NotSentError
from tests.kit.sending import ID, KEY, Bench, Provider, Records, Time


@pytest.fixture
def bench() -> Bench:
    return Bench(Records(), Provider(), Time())


def resending(bench: Bench) -> None:
    bench.provider.rules = replace(bench.provider.rules, resend_unclear=True)


def test_a_reply_is_sent_once_however_often_it_is_delivered(bench: Bench) -> None:
    bench.records.put("one")
    for _ in range(3):
        bench.deliver()
    assert bench.provider.texts == ["one"]
    assert bench.records.state() == "sent"


def test_a_record_that_is_gone_is_not_an_error(bench: Bench) -> None:
    bench.deliver()
    assert bench.provider.texts == []


def test_a_long_reply_goes_out_in_order_and_at_the_pace_of_the_channel(bench: Bench) -> None:
    bench.provider.rules = replace(bench.provider.rules, replies_per_s=0.5)
    bench.records.put("one|two|three")
    sender = bench.sender()
    bench.deliver(sender)
    assert bench.provider.texts == ["one", "two", "three"]
    assert bench.time.slept == [2, 2]
    bench.records.put("four", id="message-2")
    bench.deliver(sender, id="message-2")
    assert bench.time.slept == [2, 2, 2]  # the pace is the conversation's, over its messages


def test_the_keys_of_parts_are_the_same_when_sent_again_and_never_those_of_another(bench: Bench) -> None:
    keys: list[str] = []
    for id, reply in (("message-1", "a|b"), ("message-1", "a|b"), ("message-2", "a|b"), ("message-1", "sorry|b")):
        bench.records.put(reply, id=id)
        bench.deliver(id=id)
        keys += [key for key, _ in bench.provider.got]
        bench.provider.got.clear()
    assert keys[0:2] == keys[2:4]
    assert len(set(keys)) == 6
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in keys)


def test_five_deliveries_at_once_send_each_part_once(bench: Bench) -> None:
    bench.records.put("|".join("abcdefgh"))
    barrier, sender = threading.Barrier(5), bench.sender()
    bench.provider.during = lambda: time.sleep(0.005)  # the others get their chance to meddle
    errors: list[BaseException] = []

    def deliver() -> None:
        barrier.wait(5)
        try:
            bench.deliver(sender)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert bench.provider.texts == list("abcdefgh")
    assert errors == []


def test_a_reply_that_another_sender_took_up_meanwhile_is_left_to_it(bench: Bench) -> None:
    bench.records.put("one")

    def taken(step: str, when: str) -> None:
        if (step, when) == ("begin", "before"):
            bench.records.fault = lambda step, when: None
            assert bench.records.begin(KEY, ID, 0, 0)

    bench.records.fault = taken
    with pytest.raises(NotSentError, match="another sender"):
        bench.deliver()
    assert bench.provider.texts == []


@pytest.mark.parametrize("wait", [0, 17])
def test_what_may_pass_is_tried_again_after_the_wait_that_was_asked_for(bench: Bench, wait: float) -> None:
    bench.records.put("one|two|three")
    bench.provider.answers = [None, SendError("429", passing=True, wait_s=wait)]
    with pytest.raises(NotSentError, match="429") as caught:
        bench.deliver()
    assert caught.value.wait_s == wait if wait else 0 < caught.value.wait_s <= 60
    assert bench.records.state() == "pending"
    bench.deliver()
    assert bench.provider.texts == ["one", "two", "three"]
    assert bench.records.state() == "sent"


def test_the_wait_grows_with_the_attempts(bench: Bench) -> None:
    bench.records.put("one")
    waits: list[float] = []
    for _ in range(8):
        bench.provider.answers = [SendError("503", passing=True)]
        with pytest.raises(NotSentError) as caught:
            bench.deliver()
        waits.append(caught.value.wait_s)
    assert waits[0] <= 2 < 8 <= waits[4] <= 32 <= 60
    assert max(waits) <= 60


def test_a_failure_for_good_is_on_record_with_its_reason_and_counted(bench: Bench) -> None:
    metrics.use_prometheus()
    bench.records.put("one|two")
    bench.provider.answers = [SendError("got 403: blocked by the user")]
    bench.deliver()
    bench.deliver()
    assert bench.provider.texts == []
    assert bench.records.reasons == [("failed", "got 403: blocked by the user")]
    assert b'assistant_replies_sent_total{channel="telegram",outcome="failed"} 1.0' in metrics.exposition()[0]
    metrics.use_none()


def test_at_the_last_attempt_what_may_pass_has_failed(bench: Bench) -> None:
    bench.records.put("one")
    bench.provider.answers = [SendError("503", passing=True)]
    bench.deliver(last=True)
    assert bench.records.reasons == [("failed", "503")]


def test_a_secret_that_cannot_be_read_may_pass(bench: Bench) -> None:
    bench.records.put("one")
    bench.provider.answers = [SecretUnavailableError("ssm:token: got AccessDenied")]
    with pytest.raises(NotSentError, match="AccessDenied"):
        bench.deliver()
    bench.deliver()
    assert bench.provider.texts == ["one"]


def test_an_installation_that_is_gone_fails_for_good(bench: Bench) -> None:
    def gone(outgoing: Outgoing) -> Any:
        raise LookupError("gone")

    bench.records.put("one")
    bench.given = gone
    bench.deliver()
    assert bench.records.state() == "failed"


def test_an_unclear_part_is_sent_again_where_the_provider_drops_the_repeated_one(bench: Bench) -> None:
    resending(bench)
    bench.records.put("one|two")
    bench.provider.answers = [SendError("ReadTimeout", passing=True, unclear=True)]
    with pytest.raises(NotSentError):
        bench.deliver()
    bench.deliver()
    assert bench.provider.texts == ["one", "two"]
    assert bench.records.state() == "sent"


def test_an_unclear_part_is_not_sent_again_elsewhere_and_the_rest_still_goes_out(bench: Bench) -> None:
    bench.records.put("one|two|three")
    bench.provider.answers = [None, SendError("ReadTimeout", passing=True, unclear=True)]
    with pytest.raises(NotSentError):
        bench.deliver()
    bench.deliver()
    assert bench.provider.texts == ["one", "two", "three"]


@pytest.mark.parametrize("passing", [True, False])
def test_an_unclear_reply_is_on_record_as_unclear(bench: Bench, passing: bool) -> None:
    bench.records.put("one")
    bench.provider.answers = [SendError("ReadTimeout", passing=passing, unclear=True)]
    bench.deliver()
    bench.deliver()
    assert bench.provider.texts == ["one"]
    assert bench.records.reasons == [("unclear", "ReadTimeout")]


def test_a_channel_that_breaks_leaves_unclear_whether_it_had_sent(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.records.put("one")
    bench.provider.answers = [KeyError("private")]
    bench.deliver()
    assert bench.records.state() == "unclear"
    assert "private" not in capsys.readouterr().err


def test_nothing_is_begun_without_the_time_to_end_it(bench: Bench) -> None:
    bench.records.put("one|two")
    sender, left = bench.sender(), [60.0, 5.0]
    with pytest.raises(NotSentError, match="no time for part 2 of 2") as caught:
        sender.deliver(KEY, ID, last=True, left_s=lambda: left.pop(0))
    assert caught.value.progressed
    assert bench.records.state() == "pending"
    bench.deliver(sender)
    assert bench.provider.texts == ["one", "two"]


def test_a_reply_that_became_shorter_while_it_waited_is_not_begun_again(bench: Bench) -> None:
    bench.records.put("one|two")
    bench.records.kept[KEY, ID] = replace(bench.records.kept[KEY, ID], part=2)
    bench.deliver()
    assert bench.provider.texts == []
    assert bench.records.state() == "unclear"
