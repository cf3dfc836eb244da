"""Session stores for tests: empty ones of either kind, and turns to put in."""

import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant import aws
from assistant.sessions import Answer
from assistant.sessions.dynamodb import DynamoSessions
from assistant.sessions.sqlite import SqliteSessions

KEY = "default#web#conversation"


def answer(id: str, *, error: bool = False, text: str = "hello", reply: str = "hi", user: str = "") -> Answer:
    """An answer with readable defaults."""
    return Answer(id, text, reply, "2026-01-01T00:00:00.000Z", error, user)


def fill(sessions: Any, count: int, key: str = KEY) -> None:
    """The turns 1 to `count`."""
    for n in range(count):
        assert sessions.store(key, answer(f"message-{n + 1}", text=f"text {n + 1}"), after=n)


def new_table() -> str:
    """A sessions table in the cloud of the environment."""
    name = f"sessions-{uuid.uuid4().hex}"
    aws.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
    )  # fmt: skip
    return name


@contextmanager
def stores(folder: Path, clock: Callable[[], float]) -> Generator[Callable[[str], Any]]:
    """Makes empty stores, `sqlite` or `dynamodb`, whose turns live for two days of `clock`."""
    opened: list[SqliteSessions] = []

    def make(kind: str) -> Any:
        if kind == "dynamodb":
            return DynamoSessions(new_table(), days=2, clock=clock)
        opened.append(SqliteSessions(folder / f"{len(opened)}.db", days=2, clock=clock))
        return opened[-1]

    yield make
    for sessions in opened:
        sessions.close()
