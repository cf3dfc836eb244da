"""`python -m assistant queue`: what nobody could answer is shown without its text, and sent again."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant import aws
from assistant.commands.queue import app
from assistant.database import FILE, Database
from assistant.messages import Message
from assistant.queue.sqlite import SqliteQueue
from assistant.queue.sqs import SqsQueue


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def fail_once(queue: Any, message: Message) -> None:
    queue.send(message)
    (delivery,) = queue.receive(1, 0)
    queue.retry(delivery, 0, "model: got status 500")


def test_dead_letters_of_a_machine_are_shown_and_sent_again_while_it_serves(tmp_path: Path, make_message: Any) -> None:
    database = Database(tmp_path / FILE)
    queue = SqliteQueue(database, max_receives=1)
    message = make_message("my secret", id="message-1")
    fail_once(queue, message)
    database.write(lambda connection: queue.put(connection, "0" * 64, "not a message"))
    (delivery,) = queue.receive(1, 0)
    queue.retry(delivery, 0)
    shown = run("dead-letters", "--data", tmp_path)
    assert shown.exit_code == 0
    assert "my secret" not in shown.stdout
    first, second = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {name: first[name] for name in ("tenant", "channel", "id", "receives", "reason", "chars")} == {
        "tenant": "default", "channel": "web", "id": "message-1", "receives": 1, "reason": "model: got status 500",
        "chars": 9,
    }  # fmt: skip
    assert second["unreadable"].startswith("body: got something that is not JSON")
    sent = run("redrive", "--data", tmp_path, "--limit", "1")
    assert (sent.exit_code, sent.stderr) == (0, "sent 1 messages again\n")
    (delivery,) = queue.receive(10, 1)
    assert Message.from_body(delivery.body) == message
    assert len(run("dead-letters", "--data", tmp_path).stdout.splitlines()) == 1
    database.close()


def test_dead_letters_of_the_cloud_are_shown_and_sent_again(make_sqs: Any, make_message: Any) -> None:
    made = make_sqs(max_receives=1)
    queue = SqsQueue(made.url)
    fail_once(queue, make_message("my secret", id="message-1"))
    aws.client("sqs").receive_message(QueueUrl=made.url, VisibilityTimeout=0)
    where = ("--queue-url", made.url, "--dead-letter-url", made.dead_url)
    (line,) = run("dead-letters", *where).stdout.splitlines()
    assert json.loads(line)["id"] == "message-1"
    assert "my secret" not in line
    assert run("redrive", *where).stderr == "sent 1 messages again\n"
    (delivery,) = queue.receive(1, 0)
    assert Message.from_body(delivery.body).text == "my secret"
    assert run("dead-letters", *where).stdout == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "expected --data, or --queue-url together with --dead-letter-url"),
        (["--queue-url", "http://127.0.0.1:9/q"], "expected --data, or"),
        (["--data", ".", "--dead-letter-url", "http://127.0.0.1:9/q"], "expected --data, or"),
        (["--data", "absent"], "has no assistant.db"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("dead-letters", "redrive"):
        result = run(command, *arguments)
        assert result.exit_code == 1
        assert told in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_queue_that_is_not_there_is_told(cloud: str) -> None:
    where = ("--queue-url", f"{cloud}/123456789012/a.fifo", "--dead-letter-url", f"{cloud}/123456789012/b.fifo")
    result = run("redrive", *where)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: queue: ReceiveMessage")
