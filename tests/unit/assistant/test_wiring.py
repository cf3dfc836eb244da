"""The parts put together: messages travel through the application in one process, on the web and on a webhook."""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant import secrets
from assistant.config import Config
from assistant.machine import Parts, opened
from assistant.messages import Message
from assistant.models import Prompt, Reply
from assistant.routing import Request, handle
from assistant.wiring import routes
from tests.kit.answering import Says
from tests.kit.assistant_parts import Visitor, serving, wait_for
from tests.kit.program import Program
from tests.kit.program import program as programs
from tests.kit.speaking import Stepwise
from tests.kit.streaming import text_of


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    secrets._cache.clear()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with programs(tmp_path) as made:
        yield made


@contextlib.contextmanager
def running(
    data: Path, model: Any = None, config: Config | None = None, grace_s: float = 20
) -> Generator[tuple[Parts, httpx.Client]]:
    """The application on opened parts, as a process that ends with the block."""
    with opened(config or Config(), data, model) as parts, serving(parts, threads=4, grace_s=grace_s) as client:
        yield parts, client


class TestTheWeb:
    """A visitor of the page."""

    def test_a_message_is_answered_and_its_reply_is_read(self, tmp_path: Path) -> None:
        with running(tmp_path) as (_, client):
            visitor = Visitor(client)
            answer = visitor.post("message-1", "hello")
            assert (answer.status_code, answer.json()) == (202, {"id": "message-1", "status": "accepted"})
            assert visitor.replies(1) == ["echo: hello"]
            (turn,) = visitor.turns()
            assert (turn["n"], turn["id"], turn["text"], turn["error"]) == (1, "message-1", "hello", False)
            assert visitor.turns(after=1) == []
            assert Visitor(client).turns() == []

    def test_without_the_token_nothing_is_taken_and_nothing_read(self, tmp_path: Path) -> None:
        with running(tmp_path) as (parts, client):
            message = {"id": "message-1", "text": "hello"}
            for headers in ({}, {"authorization": "Bearer a.b.c"}):
                assert client.post("/web/messages", json=message, headers=headers).status_code == 401
                assert client.get("/web/messages", headers=headers).status_code == 401
                assert client.get("/web/events", headers=headers).status_code == 401
            assert parts.queue.depth() == 0

    def test_the_reply_is_told_as_it_comes_and_then_as_a_turn(self, tmp_path: Path) -> None:
        model = Stepwise()
        with running(tmp_path, model) as (parts, client):
            visitor = Visitor(client)
            told: list[str] = []
            reader = threading.Thread(
                target=lambda: told.append(client.get("/web/events", headers=visitor.headers).text)
            )
            reader.start()
            wait_for(lambda: parts.broker.subscribers == 1)
            visitor.post("message-1")
            model.step(len(model.pieces))
            visitor.replies(1)
            wait_for(lambda: parts.queue.depth() == 0)
            parts.broker.disconnect()
            reader.join(15)
            events = [json.loads(line[6:]) for line in told[0].splitlines() if line.startswith("data: ")]
            assert text_of(events) == model.whole
            assert [event["turn"]["reply"] for event in events if "turn" in event] == [model.whole]
            assert events[-1] == {"id": "message-1", "done": True, "n": 1}

    def test_the_page_of_each_installation_is_where_its_routes_are(self, tmp_path: Path) -> None:
        told = [{"channel": "web"}, {"channel": "web", "name": "second", "tenant": "acme"}]
        with running(tmp_path, config=Config(channels=json.dumps(told))) as (parts, client):
            for page in ("/", "/web/second/"):
                assert client.get(page).headers["content-type"].startswith("text/html"), page
            begun = client.post("/web/second/session", json={}).json()
            headers = {"authorization": f"Bearer {begun['token']}"}
            assert client.get("/web/messages", headers=headers).status_code == 401
            message = {"id": "message-1", "text": "hello"}
            assert client.post("/web/second/messages", json=message, headers=headers).status_code == 202
            key = f"acme#web.second#{begun['conversation']}"
            wait_for(lambda: parts.sessions.turns(key, 0))


class TestAWebhook:
    """A program that sends messages, and takes replies."""

    def test_a_message_is_answered_by_a_signed_reply(self, tmp_path: Path, program: Program) -> None:
        with running(tmp_path, config=Config(channels=program.channels)) as (parts, client):
            answer = program.post(client, "msg_1", "hello", "c1")
            assert (answer.status_code, answer.json()) == (202, {"id": "msg_1", "status": "accepted"})
            wait_for(lambda: program.replies)
            (body,) = program.receiver.replies.values()
            assert {name: body["data"][name] for name in ("conversation", "in_reply_to", "text", "parts")} == {
                "conversation": "c1", "in_reply_to": "msg_1", "text": "echo: hello", "parts": 1,
            }  # fmt: skip
            wait_for(lambda: parts.outbox.waiting(9) == [])
            record = parts.outbox.load("default#webhook#c1", "msg_1")
            assert record is not None
            assert (record.state, record.outgoing.reply) == ("sent", "")

    def test_five_deliveries_are_answered_once(self, tmp_path: Path, program: Program, model: Any) -> None:
        with running(tmp_path, model, Config(channels=program.channels)) as (parts, client):
            with ThreadPoolExecutor(5) as pool:
                told = list(pool.map(lambda _: program.post(client, "msg_1"), range(5)))
            assert {(answer.status_code, answer.text) for answer in told} == {
                (202, '{"id": "msg_1", "status": "accepted"}')
            }
            program.post(client, "msg_2", "next")
            wait_for(lambda: len(program.replies) == 2)
            assert program.post(client, "msg_1").status_code == 202  # the ladder goes on after the reply
            wait_for(lambda: parts.queue.depth() == 0 and not parts.outbox.waiting(9))
        assert program.replies == [("msg_1", "reply to hello"), ("msg_2", "reply to next")]
        assert program.receiver.calls == 2
        assert model.asked == ["hello", "next"]

    def test_replies_of_a_conversation_arrive_in_order_though_the_receiver_fails(
        self, tmp_path: Path, program: Program
    ) -> None:
        program.receiver.prepared.append(httpx.Response(503, headers={"retry-after": "1"}))
        with running(tmp_path, config=Config(channels=program.channels)) as (_, client):
            for number in range(3):
                program.post(client, f"msg_{number}", f"m{number}")
            wait_for(lambda: len(program.replies) == 3)
        assert program.replies == [(f"msg_{number}", f"echo: m{number}") for number in range(3)]

    def test_a_forged_message_is_refused_and_nothing_of_it_is_kept(self, tmp_path: Path, program: Program) -> None:
        with running(tmp_path, config=Config(channels=program.channels)) as (parts, client):
            headers = {"webhook-id": "msg_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA"}
            assert client.post("/webhook", content=b'{"text": "x"}', headers=headers).status_code == 401
            assert parts.queue.depth() == 0

    def test_without_a_reply_url_the_reply_is_stored_and_not_sent(self, tmp_path: Path, program: Program) -> None:
        told = json.loads(program.channels)
        del told[1]["options"]["reply_url"]
        with running(tmp_path, config=Config(channels=json.dumps(told))) as (parts, client):
            assert program.post(client, "msg_1").status_code == 202
            wait_for(lambda: parts.sessions.turns("default#webhook#c1", 0))
            assert parts.outbox.load("default#webhook#c1", "msg_1") is None
            wait_for(lambda: parts.queue.depth() == 0)
        assert program.receiver.calls == 0

    def test_a_reply_that_could_not_be_sent_before_the_process_ended_is_sent_by_the_next(
        self, tmp_path: Path, program: Program
    ) -> None:
        program.receiver.prepared.append(httpx.Response(503))
        config = Config(channels=program.channels)
        with running(tmp_path, config=config) as (parts, client):
            program.post(client, "msg_1")
            wait_for(lambda: program.receiver.calls == 1)
            wait_for(lambda: parts.queue.depth() == 0)
        assert program.replies == []
        with running(tmp_path, config=config) as (parts, client):
            wait_for(lambda: program.replies)
            assert program.post(client, "msg_1").status_code == 202
            wait_for(lambda: parts.queue.depth() == 0 and not parts.outbox.waiting(9))
        assert program.replies == [("msg_1", "echo: hello")]
        assert program.receiver.calls == 2

    def test_a_message_that_was_in_work_when_the_process_ended_is_answered_once_by_the_next(
        self, tmp_path: Path, program: Program
    ) -> None:
        begun, release = threading.Event(), threading.Event()

        class Hanging(Says):
            def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
                begun.set()
                release.wait(20)
                return super().reply(prompt, timeout_s, progress)

        config = Config(channels=program.channels)
        with running(tmp_path, Hanging("too late"), config, grace_s=0.0) as (_, client):
            program.post(client, "msg_1")
            assert begun.wait(10)
        release.set()
        with running(tmp_path, Says("in time"), config) as (parts, client):
            program.post(client, "msg_1")
            wait_for(lambda: program.replies)
            wait_for(lambda: parts.queue.depth() == 0 and not parts.outbox.waiting(9))
        assert Counter(program.replies) == {("msg_1", "in time"): 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "x"]), inner),
    max_leaves=6,
)
ALMOST = st.fixed_dictionaries({"id": JSON | st.just("message-1"), "text": JSON | st.just("hello")})


def test_whatever_comes_is_taken_whole_or_refused_with_one_line(tmp_path: Path) -> None:
    taken: list[Message] = []
    intake: Any = SimpleNamespace(accept=lambda message, ttl: not taken.append(message))
    with opened(Config(), tmp_path) as parts:
        table = routes(parts)
        begun = json.loads(handle(Request("POST", "/web/session"), table, parts).body)
        headers = {"authorization": f"Bearer {begun['token']}"}

        @settings(max_examples=200, deadline=None, derandomize=True)
        @examples((JSON | ALMOST).map(json.dumps).map(str.encode) | st.binary(max_size=200))
        def holds(body: bytes) -> None:
            taken.clear()
            answer = handle(Request("POST", "/web/messages", "", body, headers), table, replace(parts, intake=intake))
            told = json.loads(answer.body)
            assert answer.status in ({202} if taken else {400, 413})
            assert [(message.id, message.text) for message in taken] == ([tuple(read(body))] if taken else [])
            assert taken or ("\n" not in told["error"] and told["error"])

        def read(body: bytes) -> list[str]:
            return [json.loads(body)[name] for name in ("id", "text")]

        holds()
