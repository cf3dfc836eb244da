"""Intake in the cloud: whatever ends or fails between the key and the queue, nothing is lost and nothing doubled."""

from collections.abc import Callable
from typing import Any

import pytest

from assistant import aws
from assistant.intake import BusyError
from assistant.intake.cloud import LEASE_SECONDS, CloudIntake
from assistant.messages import Message
from assistant.queue import QueueUnavailableError
from assistant.queue.sqs import SqsQueue
from tests.kit.queues import drained

DAY = 86_400


class Crash(BaseException):
    """The process ends here: nothing of it runs any more."""


class Process:
    """A process that ends before or after one of its calls; nothing of it runs afterwards."""

    def __init__(self, step: str, *, after: bool) -> None:
        self._step, self._after, self._dead = step, after, False

    def client(self, service: str) -> Any:
        """A client of this process."""
        process, real = self, aws.client(service)

        class Client:
            exceptions = real.exceptions

            def __getattr__(self, name: str) -> Callable[..., Any]:
                return lambda **request: process._call(name, getattr(real, name), request)

        return Client()

    def _call(self, name: str, made: Callable[..., Any], request: dict[str, Any]) -> Any:
        if self._dead or (name == self._step and not self._after):
            self._dead = True
            raise Crash
        answer = made(**request)
        if name == self._step:
            self._dead = True
            raise Crash
        return answer


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", ["put_item", "send_message", "update_item"])
def test_a_process_that_ends_at_any_step_loses_nothing_and_doubles_nothing(
    step: str, after: bool, table: str, make_sqs: Any, make_message: Any, clock: Any
) -> None:
    url, message = make_sqs().url, make_message("hello", id="the-same")
    process = Process(step, after=after)
    ending = CloudIntake(
        table, SqsQueue(url, client=process.client("sqs")), client=process.client("dynamodb"), clock=clock
    )
    with pytest.raises(Crash):
        ending.accept(message, DAY)
    queue = SqsQueue(url)
    following = CloudIntake(table, queue, clock=clock)
    if (step, after) not in {("put_item", False), ("update_item", True)}:  # the lease is there, and nobody behind it
        with pytest.raises(BusyError):  # the provider is told to deliver it again
            following.accept(message, DAY)
        clock.now += LEASE_SECONDS + 1
    following.accept(message, DAY)
    assert following.accept(message, DAY) is False
    assert drained(queue) == ["hello"]


def test_a_lease_that_another_delivery_took_over_is_not_released_by_the_first(
    table: str, make_sqs: Any, make_message: Any, clock: Any
) -> None:
    message = make_message("hello")
    queue = SqsQueue(make_sqs().url)
    second = CloudIntake(table, queue, clock=clock)

    class Slow:
        def send(self, message: Message) -> None:
            clock.now += LEASE_SECONDS + 1
            assert second.accept(message, DAY) is True
            raise QueueUnavailableError("queue: got nothing in time")

    with pytest.raises(QueueUnavailableError, match="in time"):
        CloudIntake(table, Slow(), clock=clock).accept(message, DAY)  # pyright: ignore[reportArgumentType]
    assert second.accept(message, DAY) is False
    assert drained(queue) == ["hello"]


def test_an_extension_that_fails_is_no_reason_to_deliver_the_message_again(
    table: str, make_sqs: Any, make_message: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    real = aws.client("dynamodb")

    class Failing:
        exceptions = real.exceptions

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def update_item(self, **request: Any) -> Any:
            return real.update_item(**{**request, "TableName": "absent"})

    queue = SqsQueue(make_sqs().url)
    assert CloudIntake(table, queue, client=Failing()).accept(make_message("hello"), DAY) is True
    assert drained(queue) == ["hello"]
    assert "claim not extended" in capsys.readouterr().err


def test_a_claim_whose_answer_got_lost_is_known_as_one_s_own(table: str, make_sqs: Any, make_message: Any) -> None:
    real = aws.client("dynamodb")

    class Twice:
        exceptions = real.exceptions

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def put_item(self, **request: Any) -> Any:
            real.put_item(**request)
            return real.put_item(**request)

    queue = SqsQueue(make_sqs().url)
    assert CloudIntake(table, queue, client=Twice()).accept(make_message("hello"), DAY) is True
    assert drained(queue) == ["hello"]


def test_a_key_carries_its_expiry_for_the_table(table: str, make_sqs: Any, make_message: Any, clock: Any) -> None:
    message = make_message("hello", "conversation-1", id="the-same")
    CloudIntake(table, SqsQueue(make_sqs().url), clock=clock).accept(message, 3600)
    (item,) = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert item["pk"]["S"] == "default#dedup#web.main"
    assert item["sk"]["S"] == "conversation-1#the-same"
    assert int(item["expires_at"]["N"]) == int(clock.now) + 3600
    assert "owner" not in item


def test_records_that_cannot_be_reached_are_told_as_unavailable(cloud: str, make_sqs: Any, make_message: Any) -> None:
    queue = SqsQueue(make_sqs().url)
    with pytest.raises(QueueUnavailableError, match="records: PutItem: ResourceNotFoundException"):
        CloudIntake("absent", queue).accept(make_message("hello"), DAY)
    assert drained(queue) == []
