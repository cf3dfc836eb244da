"""The chat command and its client: the reply and nothing else, or one line that says why not."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from assistant import client
from assistant.__main__ import app
from assistant.client import Chat, ChatError
from tests.kit.answers import Answers

URL = "https://assistant.example/live"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE_SECONDS", 0.001)


def ask(server: Callable[[httpx.Request], httpx.Response], url: str = URL, deadline_s: float = 5) -> str:
    with Chat(url, transport=httpx.MockTransport(server)) as chat:
        return chat.ask("hi", deadline_s=deadline_s)


@pytest.mark.parametrize("url", [URL, URL + "/"])
def test_it_waits_for_the_reply_to_its_own_message(url: str) -> None:
    server = Answers(turns_after=3)
    assert ask(server, url) == "hello"
    assert server.paths == {"/live/web/messages", "/live/web/session"}
    assert len(server.posted[0]["id"]) == 32
    assert server.asked == [{}]


def test_what_may_pass_is_sent_again_with_the_same_id() -> None:
    sent: list[bytes] = []
    server = Answers()

    def recorded(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/messages"):
            sent.append(request.content)
            if len(sent) == 1:
                server.faults = [
                    httpx.ConnectError("refused"), httpx.Response(502), httpx.ReadTimeout("slow"),
                    httpx.Response(503, json={"error": "later"}, headers={"retry-after": "0"}),
                ]  # fmt: skip
        return server(request)

    assert ask(recorded) == "hello"
    assert len(sent) == 5
    assert len(set(sent)) == 1
    assert len(server.posted) == 1


def test_a_refusal_is_told_with_the_server_s_own_line() -> None:
    with pytest.raises(ChatError, match="got 413 text: got 9 characters"):
        ask(Answers(httpx.Response(413, json={"error": "text: got 9 characters, expected at most 8"})))


def test_an_error_turn_is_told() -> None:
    with pytest.raises(ChatError, match="the assistant could not answer: hello"):
        ask(Answers(error=True))


def test_no_reply_within_the_deadline_is_told() -> None:
    with pytest.raises(ChatError, match=r"no reply in 0.2 s; the message is accepted and will be answered"):
        ask(Answers(turns_after=10**6), deadline_s=0.2)


def test_nobody_there_within_the_deadline_is_told() -> None:
    def absent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused")

    with pytest.raises(ChatError, match=r"ConnectError.*Connection refused, expected a session"):
        ask(absent, deadline_s=0.2)


@pytest.mark.parametrize("url", ["", "assistant.example", "ftp://x", "file:///etc"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(ChatError, match=r"^url: got "):
        Chat(url)


def test_a_page_that_is_not_the_assistant_is_told() -> None:
    with pytest.raises(ChatError, match="is the URL the assistant's"):
        ask(Answers(httpx.Response(200, text="<html>")))


def test_a_token_that_is_refused_is_asked_for_anew_and_the_conversation_goes_on() -> None:
    server = Answers()
    server.refused = {"Bearer short-1"}
    assert ask(server) == "hello"
    assert server.asked == [{}, {"refresh": "long-1"}]


def test_a_conversation_that_has_ended_is_told() -> None:
    with pytest.raises(ChatError, match="web/session: got 401 token: got one that has expired"):
        ask(Answers(httpx.Response(401, json={"error": "token: got one that has expired"})))


def events(*said: Any) -> Iterator[bytes]:
    yield b"retry: 1000\n\n: ping\n\n"
    for one in said:
        yield b"data: " + json.dumps(one).encode() + b"\n\n"


def pieces(server: Answers, *said: Any) -> Iterator[bytes]:
    """Events about the message that was posted."""
    yield from events({"id": "an-other", "offset": 0, "delta": "no"})
    yield from events(*({"id": server.posted[-1]["id"], **one} for one in said))


def hear(*said: Any) -> tuple[list[str], str]:
    """What was told as it came, and the reply."""
    server, told = Answers(turns_after=1, stream=iter(())), list[str]()
    server.stream = pieces(server, *said)
    with Chat(URL, transport=httpx.MockTransport(server)) as chat:
        reply = chat.ask("hi", hear=told.append)
    assert server.streamed == 1
    return told, reply


def test_the_reply_is_told_as_it_comes() -> None:
    told, reply = hear({"offset": 0, "delta": "he"}, {"offset": 2, "delta": "ll"}, {"done": True, "n": 2})
    assert (told, reply) == (["he", "ll", "o"], "hello")


@pytest.mark.parametrize("break_", [{"restart": True}, {"offset": 5, "delta": "x"}, {"offset": "?"}, {"done": True}])
def test_whatever_the_stream_lacks_comes_from_the_stored_turn(break_: Any) -> None:
    told, reply = hear({"offset": 0, "delta": "he"}, break_)
    assert ("".join(told), reply) == ("hello", "hello")


def test_a_reply_that_was_begun_anew_is_returned_and_not_told_twice() -> None:
    told, reply = hear({"offset": 0, "delta": "wrong"}, {"restart": True})
    assert (told, reply) == (["wrong"], "hello")


def test_without_a_stream_the_reply_is_told_at_once() -> None:
    server, told = Answers(), list[str]()
    with Chat(URL, transport=httpx.MockTransport(server)) as chat:
        assert chat.ask("hi", hear=told.append) == "hello"
    assert told == ["hello"]
    assert server.streamed == 0


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Runs the command against a server."""

    def run(server: Answers, *more: str) -> tuple[int, str, str]:
        transport = httpx.MockTransport(server)
        monkeypatch.setattr(client, "Chat", lambda url, refresh: Chat(url, refresh, transport))
        done = CliRunner().invoke(app, ["chat", "--url", URL, "--message", "hi", *more])
        return done.exit_code, done.stdout, done.stderr

    return run


def test_the_command_prints_the_reply_and_nothing_else(command: Any) -> None:
    assert command(Answers()) == (0, "hello\n", "")


@pytest.mark.parametrize(
    ("said", "printed"),
    [([{"offset": 0, "delta": "hel"}], "hello\n"), ([], "hello\n"),
     ([{"offset": 0, "delta": "wrong"}, {"restart": True}], "wrong\nhello\n")],
)  # fmt: skip
def test_the_command_prints_a_streamed_reply_once(command: Any, said: list[Any], printed: str) -> None:
    server = Answers(turns_after=1, stream=iter(()))
    server.stream = pieces(server, *said)
    assert command(server, "--stream") == (0, printed, "")


def test_a_file_keeps_the_conversation_for_its_owner_only(command: Any, tmp_path: Path) -> None:
    file, server = tmp_path / "session", Answers(turns_after=1)
    assert command(server, "--session", str(file))[0] == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert command(server, "--session", str(file))[0] == 0
    assert server.asked == [{}, {"refresh": "long-1"}]
    assert file.read_text() == "long-2\n"
    assert [path.name for path in tmp_path.iterdir()] == ["session"]


def test_a_file_that_cannot_be_used_is_told(command: Any, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for file in (tmp_path / "folder", tmp_path / "absent" / "file"):
        code, printed, told = command(Answers(), "--session", str(file))
        assert (code, printed) == (1, "")
        assert told.startswith("error: session: got ")
        assert told.count("\n") == 1


@pytest.mark.parametrize("more", [[], ["--stream"]])
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
