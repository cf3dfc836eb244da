"""Health: /live says that the process runs, /ready what it cannot work without just now."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assistant import secrets
from assistant.channels.contract import Installation
from assistant.channels.given import Installed
from assistant.config import Config
from assistant.database import Database
from assistant.health import ROUTES
from assistant.intake.cloud import CloudIntake
from assistant.intake.sqlite import SqliteIntake
from assistant.queue import QueueUnavailableError
from assistant.queue.sqlite import SqliteQueue
from assistant.queue.sqs import SqsQueue
from assistant.routing import Request, Response, handle
from assistant.sessions import SessionsUnavailableError

TABLE = {(route.method, route.path): route for route in ROUTES}


class Part:
    """A dependency that can be told to fail."""

    def __init__(self) -> None:
        self.failure: Exception | None = None

    def ready(self) -> None:
        if self.failure:
            raise self.failure


@dataclass
class Services:
    """What the routes ask."""

    installations: list[Installation] = field(default_factory=list)
    sends: bool = True
    config: Config = field(default_factory=Config)
    intake: Any = field(default_factory=Part)
    sessions: Any = field(default_factory=Part)

    def given(self, installation: Installation) -> Any:
        return Installed(installation, None, None)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    secrets._cache.clear()


def get(path: str, services: Any) -> Response:
    return handle(Request("GET", path), TABLE, services)


def checks(services: Any, status: int) -> dict[str, str]:
    answer = get("/ready", services)
    assert answer.status == status, answer.body
    told = json.loads(answer.body)
    assert told["status"] == ("ready" if status == 200 else "not ready")
    return told["checks"]


def installation(folder: Path, channel: str, *names: str, **more: Any) -> Installation:
    """One whose secrets are files; those that are named exist."""
    references = {}
    for name in more.pop("secrets", names):
        references[name] = f"file:{folder / f'{channel}-{name}'}"
        if name in names:
            (folder / f"{channel}-{name}").write_text("s" * 40)
    return Installation(channel, secrets=references, **more)


def test_a_process_that_answers_at_all_is_live() -> None:
    services = Services()
    services.intake.failure = services.sessions.failure = RuntimeError("down")
    answer = get("/live", services)
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "live"})


@pytest.mark.parametrize("path", ["/ready", "/readyz"])
def test_it_is_ready_when_every_part_is(path: str) -> None:
    answer = get(path, Services())
    assert answer.status == 200
    assert json.loads(answer.body)["checks"] == {"configuration": "ready", "queue": "ready", "sessions": "ready"}


def test_the_body_says_which_part_is_not_ready_and_when_to_ask_again() -> None:
    services = Services()
    services.intake.failure = QueueUnavailableError("queue: disk is full")
    said = checks(services, 503)
    assert said["queue"] == "not ready: queue: disk is full"
    assert said["sessions"] == said["configuration"] == "ready"
    assert int(get("/ready", services).headers["retry-after"]) >= 1
    services.sessions.failure = SessionsUnavailableError("sessions: locked")
    assert checks(services, 503)["sessions"] == "not ready: sessions: locked"


def test_a_failure_that_may_quote_something_is_told_by_its_type(capsys: pytest.CaptureFixture[str]) -> None:
    services = Services()
    services.intake.failure = RuntimeError("https://user:password@host")
    assert checks(services, 503)["queue"] == "not ready: RuntimeError"
    assert "password" not in capsys.readouterr().err


def test_a_secret_that_cannot_be_read_is_named_with_its_installation(tmp_path: Path) -> None:
    made = installation(tmp_path, "telegram", "bot_token", secrets=["bot_token", "secret_token"], name="second")
    said = checks(Services([made]), 503)
    assert said["telegram/second secret bot_token"] == "ready"
    assert said["telegram/second secret secret_token"].startswith("not ready: file:")
    assert "FileNotFoundError" in said["telegram/second secret secret_token"]


SENT_ONLY = {
    "telegram": ("secret_token", "bot_token"), "slack": ("signing_secret", "bot_token"),
    "feishu": ("encrypt_key", "app_secret"), "wecom": ("aes_key", "app_secret"), "discord": ("", "bot_token"),
}  # fmt: skip


@pytest.mark.parametrize("channel", SENT_ONLY)
def test_who_only_takes_messages_in_needs_only_what_proves_them_genuine(channel: str, tmp_path: Path) -> None:
    proves, sends = SENT_ONLY[channel]
    names = [name for name in (proves, sends) if name]
    made = installation(tmp_path, channel, *names[:-1], secrets=names)  # the one for sending is absent
    assert f"{channel} secret {sends}" not in checks(Services([made], sends=False), 200)
    assert checks(Services([made], sends=True), 503)[f"{channel} secret {sends}"].startswith("not ready: ")


@pytest.mark.parametrize("channel", [channel for channel, (proves, _) in SENT_ONLY.items() if proves])
def test_without_what_proves_them_genuine_no_message_can_be_taken_in(channel: str, tmp_path: Path) -> None:
    proves, sends = SENT_ONLY[channel]
    made = installation(tmp_path, channel, sends, secrets=[proves, sends])
    assert checks(Services([made], sends=False), 503)[f"{channel} secret {proves}"].startswith("not ready: ")


def test_the_web_s_key_is_made_where_it_is_absent(tmp_path: Path) -> None:
    made = installation(tmp_path, "web", secrets=["token_key"])
    for sends in (False, True):
        assert checks(Services([made], sends=sends), 200)["web secret token_key"] == "ready"
    assert len((tmp_path / "web-token_key").read_text()) >= 32


def test_a_web_key_that_can_be_guessed_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "web-token_key").write_text("short")
    said = checks(Services([installation(tmp_path, "web", secrets=["token_key"])]), 503)
    assert said["web secret token_key"] == "not ready: token_key: got 5 bytes, expected at least 32"


def test_a_machine_s_intake_is_ready_until_its_file_cannot_be_written(tmp_path: Path) -> None:
    database = Database(tmp_path / "assistant.db")
    intake = SqliteIntake(database, SqliteQueue(database))
    intake.ready()
    database.close()
    with pytest.raises(QueueUnavailableError):
        intake.ready()


def test_being_asked_leaves_nothing_behind_and_takes_no_message_s_place(
    tmp_path: Path, make_message: Any, clock: Any
) -> None:
    database = Database(tmp_path / "assistant.db")
    intake = SqliteIntake(database, SqliteQueue(database), clock=clock)
    for _ in range(3):
        intake.ready()
    assert intake.accept(make_message(), 60) is True
    clock.now += 1
    intake.purge()
    rows = database.connection().execute("SELECT count(*) FROM claims").fetchone()[0]
    database.close()
    assert rows == 1


def test_the_cloud_s_intake_needs_its_table_and_its_queue(table: str, make_sqs: Any) -> None:
    url = make_sqs().url
    CloudIntake(table, SqsQueue(url)).ready()
    with pytest.raises(QueueUnavailableError, match="records: GetItem: ResourceNotFoundException"):
        CloudIntake("absent", SqsQueue(url)).ready()
    with pytest.raises(QueueUnavailableError, match="queue: GetQueueAttributes"):
        CloudIntake(table, SqsQueue(url.replace(".fifo", "-gone.fifo"))).ready()
