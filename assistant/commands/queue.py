"""`python -m assistant queue`: look at the messages that nobody could answer, and send them again."""

import contextlib
import json
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.commands import fail, opened, reached

app = typer.Typer(no_args_is_help=True, help=__doc__)

Data = Annotated[Path | None, typer.Option(help="Data directory of `serve`.")]
QueueUrl = Annotated[str, typer.Option(help="SQS queue of messages; region and credentials as AWS_* variables.")]
DeadLetterUrl = Annotated[str, typer.Option(help="SQS queue of its dead letters.")]


@app.command("dead-letters")
def dead_letters(data: Data = None, queue_url: QueueUrl = "", dead_letter_url: DeadLetterUrl = "") -> None:
    """Print the dead letters as JSON lines, oldest first, without what people wrote."""
    with _letters(data, queue_url, dead_letter_url) as letters:
        for letter in letters.dead_letters():
            sys.stdout.write(json.dumps(_shown(letter), ensure_ascii=False) + "\n")


@app.command("redrive")
def redrive(
    data: Data = None, queue_url: QueueUrl = "", dead_letter_url: DeadLetterUrl = "",
    limit: Annotated[int, typer.Option(min=1, help="Most messages.")] = 1_000_000,
) -> None:  # fmt: skip
    """Send the dead letters again, oldest first; a reply then takes the place of the apology."""
    with _letters(data, queue_url, dead_letter_url) as letters:
        typer.echo(f"sent {letters.redrive(limit)} messages again", err=True)


@contextlib.contextmanager
def _letters(data: Path | None, url: str, dead_url: str) -> Generator[Any]:
    import sqlite3

    from assistant.queue import QueueUnavailableError

    if (data is None) == (not (url and dead_url)) or (data is not None and (url or dead_url)):
        fail("queue: got neither or a mix, expected --data, or --queue-url together with --dead-letter-url")
    try:
        with _sqlite(data) if data is not None else _sqs(url, dead_url) as letters:
            yield letters
    except QueueUnavailableError as error:
        fail(str(error))
    except sqlite3.Error as error:
        fail(f"data: got {data} ({error}), expected a file that can be used")


@contextlib.contextmanager
def _sqlite(data: Path) -> Generator[Any]:
    from assistant.queue.sqlite import SqliteQueue

    database = opened(data)
    try:
        yield SqliteQueue(database)
    finally:
        database.close()


@contextlib.contextmanager
def _sqs(url: str, dead_url: str) -> Generator[Any]:
    from assistant.queue.sqs_dead_letters import SqsDeadLetters

    yield reached("queue", url, lambda: SqsDeadLetters(url, dead_url))


def _shown(letter: Any) -> dict[str, Any]:
    from assistant.messages import Message, UnreadableMessageError

    told: dict[str, Any] = {
        "queue_id": letter.id, "receives": letter.receives, "reason": letter.reason,
        "at": datetime.fromtimestamp(letter.at, UTC).isoformat(timespec="seconds"), "group": letter.group[:12],
    }  # fmt: skip
    try:
        message = Message.from_body(letter.body)
    except UnreadableMessageError as error:
        return {**told, "unreadable": str(error)}
    return {
        **told, "tenant": message.tenant, "channel": message.channel, "installation": message.installation,
        "id": message.id, "correlation": message.correlation, "chars": len(message.text),
    }  # fmt: skip
