"""What the application's tests share: an embedded cloud of their own, and both implementations of each part."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.config import Config
from assistant.messages import Message
from assistant.sessions.dynamodb import DynamoSessions
from assistant.sessions.sqlite import SqliteSessions
from tests.kit import assistant_parts as parts
from tests.kit import stores
from tests.kit.assistant_parts import Clock, ScriptedModel, embedded_cloud, wait_for

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_for


@pytest.fixture
def config() -> Config:
    return Config(max_receives=3)


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def make_message() -> Callable[..., Message]:
    """A message with readable defaults; ids are padded to their least length."""

    def make(text: str = "hello", conversation: str = "conversation", id: str = "", **more: Any) -> Message:
        given, at = (id or uuid.uuid4().hex).ljust(8, "-"), "2026-01-01T00:00:00.000Z"
        fields: dict[str, Any] = {"tenant": "default", "channel": "web", **more}
        return Message(**fields, conversation=conversation.ljust(8, "-"), id=given, text=text, at=at)

    return make


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An embedded cloud on a free port, without anything in it."""
    with embedded_cloud(tmp_path_factory.mktemp("cloud"), ACCOUNT) as address:
        yield address


@pytest.fixture
def serving() -> Callable[..., Any]:
    """See `tests.kit.assistant_parts.serving`."""
    return parts.serving


@pytest.fixture
def cloud(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The embedded cloud as the platform would give it: through the environment."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws, "_session", None)
    return endpoint


@pytest.fixture
def table(cloud: str) -> str:
    """A sessions table."""
    name = stores.new_table()
    expiry = {"Enabled": True, "AttributeName": "expires_at"}
    aws.client("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    return name


@dataclass(frozen=True)
class SqsQueues:
    """A queue in the embedded cloud and its dead letters."""

    url: str
    arn: str
    dead_url: str

    def dead_letters(self) -> list[str]:
        """The bodies, oldest first."""
        client = aws.client("sqs")
        client.receive_message(QueueUrl=self.url, VisibilityTimeout=0)  # makes the queue look at its receive counts
        found = client.receive_message(QueueUrl=self.dead_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture
def make_sqs(cloud: str) -> Callable[..., SqsQueues]:
    """Makes a FIFO queue with dead letters, as the deployment has it."""

    def make(visibility_s: int = 30, max_receives: int = 3) -> SqsQueues:
        client, name = aws.client("sqs"), uuid.uuid4().hex
        fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        dead = client.create_queue(QueueName=f"{name}-dead.fifo", Attributes=fifo)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        redrive = f'{{"deadLetterTargetArn":"{arn}-dead.fifo","maxReceiveCount":{max_receives}}}'
        attributes = {**fifo, "VisibilityTimeout": str(visibility_s), "RedrivePolicy": redrive}
        url = client.create_queue(QueueName=f"{name}.fifo", Attributes=attributes)["QueueUrl"]
        return SqsQueues(url, f"{arn}.fifo", dead)

    return make


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "dynamodb"])
def sessions(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Any]:
    """Either implementation; turns expire after two days of `clock`."""
    if request.param == "dynamodb":
        yield DynamoSessions(request.getfixturevalue("table"), days=2, clock=clock)
        return
    store = SqliteSessions(tmp_path / "sessions.db", days=2, clock=clock)
    yield store
    store.close()


@pytest.fixture
def local_sessions(tmp_path: Path) -> Iterator[SqliteSessions]:
    store = SqliteSessions(tmp_path / "own.db")
    yield store
    store.close()
