"""A deployment whose settings differ from the committed ones: a channel that pushes its replies, and a moved memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit.assistant_parts import running
from tests.kit.deployment import Deployment
from tests.kit.program import Program, program
from tests.kit.providers import webhook

SECRET_NAME = "local/webhook/signing-secret"


@dataclass(frozen=True)
class Moved:
    """What a person had on one machine, and where it is now."""

    deployment: Deployment
    program: Program
    session: Path
    """The file with which `chat --session` goes on with the conversation."""
    said: tuple[str, ...]
    """What the person has said on the machine."""


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[Moved]:
    """The local stack with a webhook, and the conversations of an assistant that ran as one process before."""
    folder = tmp_path_factory.mktemp("moved")
    deployment, said = Deployment(folder / "cache"), ("my name is Ann", "what is my name?")
    session = folder / "conversation"
    with running(folder) as (_, url):
        for text in said:
            done = deployment.python("assistant", "chat", "--url", url, "--message", text, "--session", str(session))
            assert done.returncode == 0, done.stderr
    exported = folder / "sessions.jsonl"
    done = deployment.python("assistant", "sessions", "export", str(exported), "--data", str(folder / "data"))
    assert done.returncode == 0, done.stderr
    with program(folder) as sender:
        try:
            _deployed(deployment, sender)
            _brought(deployment, exported, (folder / "data" / "web-token-key-main").read_text())
            yield Moved(deployment, sender, session, said)
        finally:
            deployment.end()


def _deployed(deployment: Deployment, sender: Program) -> None:
    done = deployment.python("sandbox", "cloud", "start")
    assert done.returncode == 0, done.stderr
    deployment.client("secretsmanager").create_secret(Name=SECRET_NAME, SecretString=webhook.SECRET)
    installation = {
        "signing_secret": {"secret": SECRET_NAME}, "conversation_path": "conversation",
        "reply_url": sender.receiver.url, "allow_private": True,
    }  # fmt: skip
    done = deployment.up("--config-file", str(deployment.settings(channels__webhook=installation)))
    assert done.returncode == 0, done.stdout + done.stderr


def _brought(deployment: Deployment, exported: Path, key: str) -> None:
    """The sessions, and the key that their tokens are signed with."""
    environment: dict[str, Any] = {
        "AWS_ENDPOINT_URL": deployment.endpoint, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }  # fmt: skip
    table = deployment.outputs()["session_store"]
    done = deployment.python("assistant", "sessions", "import", str(exported), "--table", table, **environment)
    assert done.returncode == 0, done.stderr
    secrets = deployment.client("secretsmanager")
    (own,) = (one["ARN"] for one in secrets.list_secrets()["SecretList"] if one["Name"] != SECRET_NAME)
    secrets.put_secret_value(SecretId=own, SecretString=key)
