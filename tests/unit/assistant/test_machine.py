"""One machine: everything durable is in one directory, which belongs to one process and outlives it."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import secrets
from assistant.channels.contract import RefusedError
from assistant.channels.web import access, key, tokens
from assistant.config import CacheConfig, Config, ConfigError
from assistant.intake.sqlite import SqliteIntake
from assistant.machine import opened
from assistant.messages import Message
from assistant.models import Prompt
from assistant.outbox import Outgoing
from assistant.sessions import Answer
from assistant.sessions.sqlite import SqliteSessions
from assistant.wiring import Book, routes
from tests.kit.assistant_parts import Clock
from tests.kit.stores import answer

DAY = 86_400


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    secrets._cache.clear()


def channels(*told: dict[str, Any]) -> Config:
    return Config(channels=json.dumps(told))


def test_everything_that_is_kept_is_in_one_file_and_one_that_signs(tmp_path: Path, make_message: Any) -> None:
    with opened(Config(), tmp_path / "a" / "data") as parts:
        key.of(parts.given(parts.installations[0]))
        parts.intake.accept(make_message(), DAY)
        parts.sessions.store("default#web#c", answer("message-1"), after=0)
    kept = sorted(path.name for path in (tmp_path / "a" / "data").iterdir())
    assert kept == ["assistant.db", "lock", "web-token-key-main"]
    assert (tmp_path / "a" / "data" / "web-token-key-main").stat().st_mode & 0o077 == 0


def test_a_data_directory_belongs_to_one_process_until_that_ends(tmp_path: Path) -> None:
    with opened(Config(), tmp_path), pytest.raises(ConfigError, match="which another process uses"):
        opened(Config(), tmp_path).__enter__()
    with pytest.raises(ZeroDivisionError), opened(Config(), tmp_path):
        raise ZeroDivisionError
    with opened(Config(), tmp_path):
        pass


def test_a_mistake_in_the_channels_is_told_and_leaves_the_directory_free(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ASSISTANT_CHANNELS"):
        opened(Config(channels="wbe"), tmp_path).__enter__()
    with opened(Config(), tmp_path):
        pass


def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"data: got .*/file/data \(Not a directory\)"):
        opened(Config(), tmp_path / "file" / "data").__enter__()


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "assistant.db").write_text("something else\n" * 100)
    with pytest.raises(ConfigError, match=r"^data: got [^\n]*$"):
        opened(Config(), tmp_path).__enter__()


def test_what_was_in_work_when_a_process_ended_is_answered_by_the_next(
    tmp_path: Path, make_message: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(Config(), tmp_path) as parts:
        parts.intake.accept(make_message("hello"), DAY)
        (lost,) = parts.queue.receive(1, 0)
        assert parts.queue.receive(1, 0) == []
    with opened(Config(), tmp_path) as parts:
        (again,) = parts.queue.receive(1, 0)
        assert Message.from_body(again.body) == Message.from_body(lost.body)
        assert again.receives == 2
    assert '"event":"recovered","messages":1' in capsys.readouterr().err


def test_what_was_accepted_stays_known_over_a_restart(tmp_path: Path, make_message: Any) -> None:
    message = make_message("hello")
    for fresh in (True, False):
        with opened(Config(), tmp_path) as parts:
            assert parts.intake.accept(message, DAY) is fresh
            assert parts.queue.depth() == 1


def test_a_turn_and_the_record_that_it_is_to_be_sent_outlive_the_process_together(
    tmp_path: Path, make_message: Any
) -> None:
    message = make_message(channel="telegram", address={"chat": "7"})
    outgoing = Outgoing(message.id, "telegram", "main", "default", {"chat": "7"}, "hi")
    with opened(Config(), tmp_path) as parts:
        parts.sessions.store(message.key, replace(answer(message.id), reply="hi"), after=0, outgoing=outgoing)
    with opened(Config(), tmp_path) as parts:
        assert parts.outbox.waiting(10) == [(message.key, message.id)]
        (turn,) = parts.sessions.turns(message.key, 0)
        assert isinstance(turn, Answer)
        assert turn.reply == "hi"


class TestTheKeysOfTheWeb:
    """What signs the tokens of each installation."""

    def test_conversations_go_on_over_a_restart(self, tmp_path: Path) -> None:
        with opened(Config(), tmp_path) as parts:
            given = parts.given(parts.installations[0])
            token = tokens.issue(key.of(given), "conversation-1", "me", given.now())
        secrets._cache.clear()
        with opened(Config(), tmp_path) as parts:
            said = access.claims({"authorization": f"Bearer {token}"}, parts.given(parts.installations[0]))
        assert said.cid == "conversation-1"

    def test_each_installation_has_its_own(self, tmp_path: Path) -> None:
        config = channels({"channel": "web"}, {"channel": "web", "name": "second", "tenant": "acme"})
        with opened(config, tmp_path) as parts:
            first, second = (parts.given(one) for one in parts.installations)
            token = tokens.issue(key.of(first), "conversation-1", "me", first.now())
            with pytest.raises(RefusedError):
                access.claims({"authorization": f"Bearer {token}"}, second)

    def test_one_that_is_named_is_used(self, tmp_path: Path) -> None:
        (tmp_path / "own").write_text("k" * 40)
        told = {"channel": "web", "secrets": {"token_key": f"file:{tmp_path / 'own'}"}}
        with opened(channels(told), tmp_path / "data") as parts:
            assert key.of(parts.given(parts.installations[0])) == b"k" * 40

    def test_one_that_somebody_else_makes_at_the_same_moment_is_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def absent_until_just_after(name: str) -> str:
            try:
                return Path(name).read_text()
            except FileNotFoundError:
                Path(name).write_text("k" * 40)
                raise

        monkeypatch.setitem(secrets._SOURCES, "file", absent_until_just_after)
        with opened(Config(), tmp_path) as parts:
            assert key.of(parts.given(parts.installations[0])) == b"k" * 40

    def test_nothing_else_about_the_installations_changes(self, tmp_path: Path) -> None:
        secret = {"signing_secret": f"file:{tmp_path / 'x'}"}
        told = [
            {"channel": "web", "tenant": "acme", "name": "w", "options": {"access": "token"}},
            {"channel": "webhook", "tenant": "acme", "name": "h", "secrets": secret, "options": {"text_path": "t"}},
        ]
        with opened(channels(*told), tmp_path / "data") as parts:
            web, hook = parts.installations
            assert (web.channel, web.tenant, web.name, web.options) == ("web", "acme", "w", {"access": "token"})
            assert (hook.tenant, hook.name, hook.secrets, hook.options) == ("acme", "h", secret, {"text_path": "t"})


def test_purging_deletes_what_has_expired_and_nothing_else(tmp_path: Path, make_message: Any) -> None:
    old, new = make_message(conversation="conversation-1"), make_message(conversation="conversation-2")
    with opened(Config(session_days=2), tmp_path) as parts:
        before = Clock(time.time() - 3 * DAY)
        sessions = SqliteSessions(parts.database, days=2, clock=before)
        intake = SqliteIntake(parts.database, parts.queue, clock=before)
        for message, taking, storing in ((old, intake, sessions), (new, parts.intake, parts.sessions)):
            taking.accept(message, DAY)
            storing.store(message.key, answer(message.id), after=0)
        parts.purge()
        assert parts.intake.purge() == 0  # what it would delete is gone
        assert sessions.turns(old.key, 0) == []
        assert len(parts.sessions.turns(new.key, 0)) == 1
        assert [parts.intake.accept(message, DAY) for message in (old, new)] == [True, False]
        assert parts.queue.depth() == 3  # a message in the queue never expires


@pytest.mark.parametrize("cache", ["memory", "table"])
def test_the_parts_keep_what_the_settings_ask_for(tmp_path: Path, cache: Any, model: Any) -> None:
    with opened(Config(cache=CacheConfig(cache)), tmp_path, model) as parts:
        for _ in range(2):
            prompt = Prompt("", (), "hello")
            reply = parts.answering.reply(prompt, tenant="acme", conversation="acme#web#c", budget_s=5)
            assert reply.text == "reply to hello"
    assert model.asked == ["hello"]


HOOK = {"channel": "webhook", "secrets": {"signing_secret": "file:/absent"}}


def test_what_an_installation_works_with_is_the_same_each_time_and_no_other_s() -> None:
    book = Book(channels({"channel": "web"}, HOOK))
    web, hook = book.all
    assert book.given(hook) is book.given(hook)
    assert book.given(web) is not book.given(hook)
    assert book.of(Outgoing("m", "webhook", "main", "default", {}, "hi")) is book.given(hook)
    with pytest.raises(LookupError, match="webhook gone"):
        book.of(Outgoing("m", "webhook", "gone", "default", {}, "hi"))


def test_every_route_leads_to_one_installation(tmp_path: Path) -> None:
    told = channels({"channel": "web"}, {"channel": "web", "name": "second"}, HOOK, {**HOOK, "name": "other"})
    with opened(told, tmp_path) as parts:
        known = {path for _, path in routes(parts)}
    web = {f"/web{name}/{path}" for name in ("", "/second") for path in ("messages", "session")}
    assert known == {
        "/live",
        "/ready",
        "/readyz",
        "/",
        "/web/second",
        "/web/second/",
        *web,
        "/webhook",
        "/webhook/other",
    }
