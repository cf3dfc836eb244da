"""The chat command and its client: the reply and nothing else, or one line that says why not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from assistant import client
from assistant.__main__ import app
from assistant.client import Chat, ChatError

URL = "https://assistant.example/live"
ROOT = Path(__file__).parents[3]


class Server:
    """Answers as the assistant does, after the given faults."""

    def __init__(self, *faults: Any, error: bool = False, turns_after: int = 2) -> None:
        self.faults, self.error, self.turns_after = list(faults), error, turns_after
        self.posted: list[dict[str, str]] = []
        self.paths: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        import json

        self.paths.add(request.url.path)
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        if request.method == "POST":
            self.posted.append(json.loads(request.content))
            return httpx.Response(202, json={"id": self.posted[-1]["id"], "status": "accepted"})
        self.turns_after -= 1
        if self.turns_after > 0:
            return httpx.Response(200, json={"turns": []})
        turn = {"n": 1, "id": self.posted[-1]["id"], "text": "hi", "reply": "hello", "error": self.error, "at": ""}
        return httpx.Response(200, json={"turns": [{**turn, "id": "an-other", "reply": "no"}, {**turn, "n": 2}]})


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE_SECONDS", 0.001)


def ask(server: Callable[[httpx.Request], httpx.Response], url: str = URL, deadline_s: float = 5) -> str:
    with Chat(url, transport=httpx.MockTransport(server)) as chat:
        return chat.ask("hi", deadline_s=deadline_s)


@pytest.mark.parametrize("url", [URL, URL + "/"])
def test_it_waits_for_the_reply_to_its_own_message(url: str) -> None:
    server = Server(turns_after=3)
    assert ask(server, url) == "hello"
    assert server.paths == {"/live/web/messages"}
    assert len(server.posted[0]["id"]) == len(server.posted[0]["conversation"]) == 32


def test_what_may_pass_is_sent_again_with_the_same_id() -> None:
    sent: list[bytes] = []
    server = Server(
        httpx.ConnectError("refused"), httpx.Response(503, json={"error": "later"}, headers={"retry-after": "0"}),
        httpx.Response(502), httpx.ReadTimeout("slow"),
    )  # fmt: skip

    def recorded(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return server(request)

    assert ask(recorded) == "hello"
    assert len(set(sent[:5])) == 1
    assert len(server.posted) == 1


def test_a_refusal_is_told_with_the_server_s_own_line() -> None:
    with pytest.raises(ChatError, match="got 413 text: got 9 characters"):
        ask(Server(httpx.Response(413, json={"error": "text: got 9 characters, expected at most 8"})))


def test_an_error_turn_is_told() -> None:
    with pytest.raises(ChatError, match="the assistant could not answer: hello"):
        ask(Server(error=True))


def test_no_reply_within_the_deadline_is_told() -> None:
    with pytest.raises(ChatError, match=r"no reply in 0.2 s; the message is accepted and will be answered"):
        ask(Server(turns_after=10**6), deadline_s=0.2)


def test_nobody_there_within_the_deadline_is_told() -> None:
    def absent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused")

    with pytest.raises(ChatError, match=r"ConnectError.*Connection refused, expected the message to be accepted"):
        ask(absent, deadline_s=0.2)


@pytest.mark.parametrize("url", ["", "assistant.example", "ftp://x", "file:///etc"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(ChatError, match=r"^url: got "):
        Chat(url)


def test_a_page_that_is_not_the_assistant_is_told() -> None:
    with pytest.raises(ChatError, match="is the URL the assistant's"):
        ask(Server(httpx.Response(200, text="<html>")))


def test_the_command_prints_the_reply_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(Server())
    monkeypatch.setattr(client.Chat, "transport", transport)
    monkeypatch.setattr(client, "Chat", lambda url, conversation: Chat(url, conversation, transport))
    done = CliRunner().invoke(app, ["chat", "--url", URL, "--message", "hi"])
    assert (done.exit_code, done.stdout, done.stderr) == (0, "hello\n", "")


@pytest.mark.parametrize("more", [[], ["--conversation", "x"]])
def test_the_command_fails_with_one_line_and_exit_code_1(more: list[str]) -> None:
    command = [sys.executable, "-m", "assistant", "chat", "--url", "http://127.0.0.1:1", "--message", "hi", *more]
    done = subprocess.run([*command, "--deadline", "0.3"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_wrong_configuration_ends_the_server_with_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assistant", "serve", "--data", str(tmp_path)]
    wrong = {"ASSISTANT_MODEL_PROVIDER": "oracle", "PATH": ""}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: ASSISTANT_MODEL_PROVIDER: got 'oracle', expected echo, openai or bedrock\n"


def test_a_port_in_use_ends_the_server_with_one_line(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "assistant", "serve", "--data", str(tmp_path), "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: port: got 127.0.0.1:{port} (Address already in use), expected a free one")
    assert done.stderr.count("\n") == 1
