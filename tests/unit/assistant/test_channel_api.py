"""The client of providers' APIs and the cache of their tokens."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from assistant.channels.api import HttpApi
from assistant.channels.contract import SendError

Answering = Callable[[BaseHTTPRequestHandler], object]


def answer(status: int, body: bytes, **headers: str) -> Answering:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


class Provider:
    """Answers every request in one way and keeps what it got."""

    def __init__(self) -> None:
        self.answering: Answering = answer(200, b"{}")
        self.got: list[tuple[str, str, dict[str, str], bytes]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                owner.got.append((self.command, self.path, headers, body))
                owner.answering(self)

            def do_GET(self) -> None:
                self.do_POST()

            def do_PATCH(self) -> None:
                self.do_POST()

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def end(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.end()


@pytest.fixture
def api() -> Iterator[HttpApi]:
    made = HttpApi()
    yield made
    made.close()


def test_a_call_carries_what_it_was_given_and_returns_the_answer(provider: Provider, api: HttpApi) -> None:
    provider.answering = answer(201, b'{"ok":true}', X_Thing="1")
    got = api.call("POST", provider.url + "/send", json={"a": "ü"}, headers={"authorization": "x"}, params={"p": "1 2"})
    assert (got.status, got.json(), got.headers["x-thing"]) == (201, {"ok": True}, "1")
    method, path, headers, body = provider.got[0]
    assert (method, path, headers["authorization"]) == ("POST", "/send?p=1+2", "x")
    assert json.loads(body) == {"a": "ü"}
    assert headers["content-type"] == "application/json"
    assert api.call("PATCH", provider.url, content=b"raw").status == 201
    assert provider.got[1][3] == b"raw"


@pytest.mark.parametrize("status", [302, 400, 429, 500])
def test_every_status_is_an_answer_and_redirects_are_not_followed(
    provider: Provider, api: HttpApi, status: int
) -> None:
    provider.answering = answer(status, b"no", location="/elsewhere", Retry_After="7")
    got = api.call("GET", provider.url)
    assert (got.status, got.body, got.json(), got.headers["retry-after"]) == (status, b"no", None, "7")
    assert len(provider.got) == 1


def test_nothing_was_sent_when_nobody_listens(api: HttpApi) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/bot123:secret/sendMessage"
        with pytest.raises(SendError, match="ConnectError") as caught:
            api.call("POST", url, json={"text": "hello"})
    assert (caught.value.passing, caught.value.unclear) == (True, False)
    assert "secret" not in repr(caught.getrepr(chain=False).reprcrash)
    assert caught.value.__suppress_context__


def test_it_is_unclear_what_happened_when_the_answer_does_not_come(provider: Provider) -> None:
    ended = threading.Event()
    provider.answering = lambda handler: ended.wait(10)
    api = HttpApi(total_s=3.3)
    try:
        with pytest.raises(SendError, match="ReadTimeout") as caught:
            api.call("POST", provider.url, json={})
        assert (caught.value.passing, caught.value.unclear) == (True, True)
    finally:
        ended.set()
        api.close()


def test_it_is_unclear_what_happened_when_the_connection_breaks_after_sending(provider: Provider, api: HttpApi) -> None:
    provider.answering = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(SendError) as caught:
        api.call("POST", provider.url, json={})
    assert (caught.value.passing, caught.value.unclear) == (True, True)


def test_an_answer_without_end_is_left(provider: Provider, api: HttpApi) -> None:
    provider.answering = answer(200, b"x" * (1024 * 1024 + 1))
    with pytest.raises(SendError, match="and no end") as caught:
        api.call("GET", provider.url)
    assert caught.value.unclear


def test_an_answer_that_trickles_is_left(provider: Provider) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not ended.wait(0.05):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return

    ended = threading.Event()
    provider.answering = trickle
    api, started = HttpApi(total_s=3.2), time.monotonic()
    with pytest.raises(SendError, match="and no end"):
        api.call("GET", provider.url)
    ended.set()
    api.close()
    assert time.monotonic() - started < 6


@pytest.mark.parametrize("url", ["ftp://x/y", "http://[::1", "no address"])
def test_a_request_that_cannot_be_sent_is_not_tried_again(api: HttpApi, url: str) -> None:
    with pytest.raises(SendError) as caught:
        api.call("GET", url)
    assert (caught.value.passing, caught.value.unclear) == (False, False)


def test_a_header_with_a_line_end_is_not_sent(provider: Provider, api: HttpApi) -> None:
    for value in ("a\nb", "ü\u4e2d"):
        with pytest.raises(SendError) as caught:
            api.call("GET", provider.url, headers={"authorization": value})
        assert not caught.value.passing
    assert provider.got == []


def test_the_address_is_never_logged(
    provider: Provider, api: HttpApi, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        api.call("GET", provider.url + "/bot123:secret/getMe")
    assert "secret" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("environment", "url", "through"),
    [
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "https://api.example/x", "http://proxy.example:3128"),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "https://api.example/x", "http://proxy.example:3128"),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "http://api.example/x", ""),
        ({"ALL_PROXY": "http://proxy.example:1"}, "https://api.example/x", "http://proxy.example:1"),
        ({"HTTPS_PROXY": "http://proxy.example:1", "NO_PROXY": ".example"}, "https://api.example/x", ""),
        ({"HTTPS_PROXY": "http://proxy.example:1", "NO_PROXY": "*"}, "https://api.example/x", ""),
        ({}, "https://api.example/x", ""),
    ],
)
def test_calls_go_through_the_proxy_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, through: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert HttpApi()._proxy(httpx.URL(url)) == through
