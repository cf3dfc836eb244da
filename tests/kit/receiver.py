"""A program at the other end of the generic webhook, listening on loopback: sends signed messages and takes replies."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.kit.providers import webhook


class Listening:
    """What has come in so far, checked against the documented shape by the fake it hands every request to."""

    def __init__(self) -> None:
        self.fake = webhook.Receiver()
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def take(self, request: httpx.Request) -> httpx.Response:
        """The answer to one call; what is not as documented is kept in `wrong`."""
        with self._lock:
            try:
                return self.fake.handle(request)
            except AssertionError as error:
                self.wrong.append(str(error))
                return httpx.Response(410)

    def texts(self, conversation: str) -> list[str]:
        """The replies to one conversation, in the order in which they came, each once."""
        with self._lock:
            told = [body["data"] for body in self.fake.replies.values()]
        return [str(one["text"]) for one in told if one["conversation"] == conversation]

    def wait(self, conversation: str, count: int, seconds: float = 60) -> list[str]:
        """The replies once there are `count`; fails when that takes longer."""
        deadline = time.monotonic() + seconds
        while len(found := self.texts(conversation)) < count:
            assert time.monotonic() < deadline, f"{conversation}: got {len(found)} replies, expected {count}"
            time.sleep(0.05)
        return found


@contextmanager
def listening() -> Generator[Listening]:
    """On a free port until the block ends."""
    seen = Listening()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", "0")))
            answer = seen.take(httpx.Request("POST", seen.fake.url, headers=dict(self.headers), content=content))
            self.send_response(answer.status_code)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    seen.fake.url = f"http://127.0.0.1:{server.server_address[1]}/replies"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(
    address: str, id: str, conversation: str, text: str, *, sign: str | None = None, age_s: int = 0,
    secret: str = webhook.SECRET,
) -> httpx.Response:  # fmt: skip
    """One delivery, signed now unless told otherwise."""
    body = {"conversation": conversation, "user": "ann", "text": text}
    at = str(int(time.time()) - age_s)
    made = webhook.delivery(json.dumps(body).encode(), id=id, at=at, sign=sign, secret=secret)
    return httpx.post(address, content=made.body, headers=dict(made.headers), timeout=30)
