"""That a reply is on its way is shown while it is made, where it is to be sent, and never gets in the reply's way."""

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from assistant.messages import Message
from assistant.models import Prompt, Reply
from assistant.notice import Notice, silent
from tests.kit.answering import Says
from tests.kit.answering import inference as made
from tests.kit.assistant_parts import wait_for


class Shown:
    """A channel that notes in which chats it shows something; it fails or hangs in some of them when told to."""

    def __init__(self) -> None:
        self.chats: list[str] = []
        self.failing: set[str] = set()
        self.hanging: set[str] = set()
        self.release = threading.Event()
        self.pause_s, self.at_once, self.most_at_once = 0.0, 0, 0
        self._lock = threading.Lock()

    def working(self, address: Mapping[str, str], given: Any) -> None:
        assert given == "given"
        chat = address.get("chat", "nobody")
        self.chats.append(chat)
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        time.sleep(self.pause_s)
        with self._lock:
            self.at_once -= 1
        if chat in self.failing:
            raise RuntimeError("the provider is down")
        if chat in self.hanging:
            self.release.wait(20)

    def wait(self, chat: str, times: int = 1) -> None:
        wait_for(lambda: self.chats.count(chat) >= times)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    channel = Shown()
    monkeypatch.setattr("assistant.notice.load", lambda name: channel)
    yield channel
    channel.release.set()


@pytest.fixture
def to(make_message: Any) -> Any:
    """Makes a message whose reply is sent to a chat."""
    return lambda chat: make_message(channel="telegram", address={"chat": chat})


def notice(given: Any = lambda message: "given", first_s: float = 0.02) -> Notice:
    return Notice(given, first_s=first_s, every_s=0.02)


def test_it_is_shown_again_and_again_until_the_reply_is_there(shown: Shown, to: Any) -> None:
    show = notice()
    with show(to("a")):
        shown.wait("a", 3)
    count = shown.chats.count("a")
    with show(to("b")):
        shown.wait("b", 5)
    assert shown.chats.count("a") <= count + 1  # one may have been on its way


def test_a_quick_reply_shows_nothing(shown: Shown, to: Any) -> None:
    show = notice(first_s=0.4)
    with show(to("quick")):
        pass
    with show(to("slow")):
        shown.wait("slow")
    assert "quick" not in shown.chats


def test_people_who_read_replies_by_themselves_are_shown_nothing(shown: Shown, to: Any, make_message: Any) -> None:
    show = notice()
    with show(make_message()), show(to("a")):
        shown.wait("a", 3)
    assert set(shown.chats) == {"a"}


def test_replies_that_are_made_side_by_side_are_all_shown_by_a_few_threads(shown: Shown, to: Any) -> None:
    shown.pause_s = 0.01
    show, chats = notice(), [f"chat-{number}" for number in range(40)]
    with contextlib.ExitStack() as stack:
        for chat in chats:
            stack.enter_context(show(to(chat)))
        for chat in chats:
            shown.wait(chat, 2)
    assert shown.most_at_once <= 10


def test_a_failure_is_of_no_consequence_and_not_tried_again(shown: Shown, to: Any) -> None:
    shown.failing.add("a")
    show = notice()
    with show(to("a")), show(to("b")):
        shown.wait("b", 5)
    assert shown.chats.count("a") == 1


def test_an_installation_that_is_gone_is_of_no_consequence(shown: Shown, to: Any) -> None:
    def given(message: Message) -> str:
        if message.address["chat"] == "a":
            asked.append(message.id)
            raise LookupError("gone")
        return "given"

    asked: list[str] = []
    show = notice(given)
    with show(to("a")), show(to("b")):
        shown.wait("b", 5)
    assert len(asked) == 1
    assert "a" not in shown.chats


def test_the_error_of_a_reply_that_cannot_be_made_is_the_reply_s_and_ends_the_showing(shown: Shown, to: Any) -> None:
    show = notice(first_s=0.4)
    with pytest.raises(ValueError, match="no reply"), show(to("a")):
        raise ValueError("no reply")
    with show(to("b")):
        shown.wait("b")
    assert "a" not in shown.chats


def test_a_channel_that_hangs_is_not_waited_for_and_holds_up_no_other(shown: Shown, to: Any) -> None:
    shown.hanging.add("a")
    show = notice()
    with show(to("a")), show(to("b")):
        shown.wait("a")
        shown.wait("b", 5)
    assert shown.chats.count("a") == 1  # nor is it called again while it hangs


def test_it_is_shown_again_after_a_while_without_any_reply(shown: Shown, to: Any) -> None:
    others = set(threading.enumerate())
    show = notice(first_s=0.004)
    for chat in ("a", "b"):
        with show(to(chat)):
            shown.wait(chat)
        wait_for(lambda: not [thread for thread in set(threading.enumerate()) - others if thread.name == "notice"])
    assert set(shown.chats) == {"a", "b"}


def test_it_is_shown_while_the_model_is_asked(local_sessions: Any, shown: Shown, to: Any) -> None:
    class Watching(Says):
        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            shown.wait("a")
            return super().reply(prompt, timeout_s, progress)

    made(local_sessions, Watching("hi"), working=notice()).answer(to("a"), last=False, budget_s=30)
    assert shown.chats


def test_silence_shows_nothing(shown: Shown, to: Any) -> None:
    with silent(to("a")), notice()(to("b")):
        shown.wait("b", 3)
    assert "a" not in shown.chats
