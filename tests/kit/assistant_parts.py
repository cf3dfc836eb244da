"""Parts for tests of the application: a model, a clock, a served process, functions, a visitor, an embedded cloud."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import uvicorn

from assistant import aws
from assistant.models import ModelError, Progress, Prompt, Reply
from assistant.server import Parts, application

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Clock:
    """A clock that moves when told to."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@dataclass
class ScriptedModel:
    """Replies with the number of the call; fails when told to."""

    failures: int = 0
    poison: str = "\0"
    prompts: list[Prompt] = field(default_factory=list)
    budgets: list[float] = field(default_factory=list)

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        self.prompts.append(prompt)
        self.budgets.append(timeout_s)
        if self.poison in prompt.text:
            raise ModelError("model: got poison")
        if self.failures:
            self.failures -= 1
            raise ModelError("model: got a failure")
        text = f"reply to {prompt.text}"
        if progress is not None:
            for piece in (text[:6], text[6:]):
                progress.text(piece)
        return Reply(text, "scripted", 10, 5)

    @property
    def asked(self) -> list[str]:
        """The texts that were sent to the model."""
        return [prompt.text for prompt in self.prompts]


def wait_for(what: Callable[[], Any], seconds: float = 15) -> Any:
    """What `what` returns, once that is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.02)
    return got


@contextmanager
def serving(parts: Parts, threads: int = 8, grace_s: float = 20) -> Generator[httpx.Client]:
    """Serves opened parts in this process; the block gets a client, and at its end the server stops gracefully.

    With a `grace_s` of 0 it leaves what is in work where it is, as if it had been killed.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    app = application(parts, threads=threads, grace_s=grace_s)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        wait_for(lambda: server.started)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        parts.broker.disconnect()
        thread.join(30)
        listening.close()


@contextmanager
def running(folder: Path, **variables: str) -> Generator[tuple[subprocess.Popen[bytes], str]]:
    """`python -m assistant serve` on a free port, with its data and its log in the folder; it is ended afterwards.

    The block gets the process and its address.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANT_", "AWS_"))}
    command = [sys.executable, "-m", "assistant", "serve", "--port", "0", "--data", str(folder / "data")]
    written = folder / "log"
    with written.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env={**kept, **variables}, stderr=output)

    def listening() -> list[str]:
        said = written.read_text()
        assert process.poll() is None, said
        return [line for line in said.split("\n")[:-1] if '"listening"' in line]

    try:
        yield process, json.loads(wait_for(listening, 30)[0])["url"]
    finally:
        process.terminate()
        process.wait(30)


@dataclass
class Context:
    """The part of Lambda's context that is used."""

    left_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


def gateway(ingress: Callable[[dict[str, Any]], dict[str, Any]]) -> httpx.Client:
    """A client of the ingress function, which is called as an HTTP API calls it."""

    def call(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        event = {
            "version": "2.0", "routeKey": f"{request.method} {path}", "rawPath": path,
            "rawQueryString": request.url.query.decode(), "headers": dict(request.headers),
            "body": request.content.decode(), "isBase64Encoded": False,
        }  # fmt: skip
        answer = ingress(event)
        assert "statusCode" in answer, answer
        return httpx.Response(answer["statusCode"], headers=answer["headers"], text=answer["body"])

    return httpx.Client(transport=httpx.MockTransport(call), base_url="https://api.example")


def event_of(queues: Any, wait_s: int = 2) -> dict[str, Any]:
    """The event that an event source would make of what is in a queue of the fixture `make_sqs`."""
    found = aws.client("sqs").receive_message(
        QueueUrl=queues.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_s,
        MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
    )  # fmt: skip
    records = [
        {
            "messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"],
            "attributes": m["Attributes"], "eventSourceARN": queues.arn,
        }
        for m in found.get("Messages", [])
    ]  # fmt: skip
    return {"Records": records}


def worked_off(queues: Any, handler: Callable[[Any, Any], Any], event: dict[str, Any], left_ms: int = 60_000) -> Any:
    """What the handler says of an event; what it does not return is taken out of the queue, as the platform does."""
    answer = handler(event, Context(left_ms))
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for record in event["Records"]:
        if record["messageId"] not in failed:
            aws.client("sqs").delete_message(QueueUrl=queues.url, ReceiptHandle=record["receiptHandle"])
    return answer


class Visitor:
    """One conversation on the web: with the page's routes, over any client. `begun` continues an earlier one's."""

    def __init__(self, client: httpx.Client, begun: dict[str, Any] | None = None) -> None:
        self.client = client
        body = {"refresh": begun["refresh"]} if begun else {}
        answer = client.post("/web/session", json=body)
        assert answer.status_code == 200, answer.text
        self.begun: dict[str, Any] = answer.json()
        self.headers = {"authorization": f"Bearer {self.begun['token']}"}

    @property
    def key(self) -> str:
        """The conversation's key in the session store."""
        return f"default#web#{self.begun['conversation']}"

    def post(self, id: str, text: str = "hello") -> httpx.Response:
        """Sends one message."""
        return self.client.post("/web/messages", json={"id": id, "text": text}, headers=self.headers)

    def turns(self, after: int = 0) -> list[dict[str, Any]]:
        """What was answered so far."""
        answer = self.client.get("/web/messages", params={"after": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["turns"]

    def replies(self, count: int, seconds: float = 15) -> list[str]:
        """The replies, once there are at least `count`."""
        wait_for(lambda: len(self.turns()) >= count, seconds)
        return [turn["reply"] for turn in self.turns()]


@contextmanager
def embedded_cloud(folder: Path, account: str) -> Generator[str]:
    """An embedded cloud on a free port, without anything in it; the block gets its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    own = {
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_ACCOUNT_ID": account,
        "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
    }  # fmt: skip
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("ministack"))], env={**kept, **own}, cwd=folder,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}/_ministack/health"), 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        workers = psutil.Process(process.pid).children(recursive=True)  # they run functions and may outlive it
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        for worker in workers:
            if worker.is_running():
                worker.kill()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
