"""A program at the other end of a webhook, listening on loopback: sends signed messages and takes the replies."""

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.kit.providers import webhook


class Program:
    """A program at the other end of a webhook, on this machine: writes messages and takes the replies to them."""

    def __init__(self, folder: Path) -> None:
        self._secret = folder / "signing-secret"
        self._secret.write_text(webhook.SECRET)
        self.receiver = webhook.Receiver()
        self.during: Callable[[], object] = lambda: None
        """Called with every reply, before it is taken."""
        self.faults: list[BaseException] = []

    @property
    def channels(self) -> str:
        """ASSISTANT_CHANNELS with a webhook that is this program's, and the web."""
        told = {
            "channel": "webhook", "secrets": {"signing_secret": f"file:{self._secret}"},
            "options": {"reply_url": self.receiver.url, "allow_private": "true", "conversation_path": "conversation"},
        }  # fmt: skip
        return json.dumps([{"channel": "web"}, told])

    def post(
        self, client: httpx.Client, id: str, text: str = "hello", conversation: str = "c1", *,
        sign: str | None = None, secret: str = webhook.SECRET, age_s: int = 0,
    ) -> httpx.Response:  # fmt: skip
        """Sends one message, rightly signed now unless told otherwise; the same one again when it has the same id."""
        body = {"conversation": conversation, "text": text}
        sent = webhook.delivery(body, id=id, at=str(int(time.time()) - age_s), sign=sign, secret=secret)
        return client.post("/webhook", content=sent.body, headers=dict(sent.headers))

    @property
    def replies(self) -> list[tuple[str, str]]:
        """(message, reply) in the order in which they were taken."""
        told = [body["data"] for body in list(self.receiver.replies.values())]
        return [(data["in_reply_to"], data["text"]) for data in told]

    def told(self, conversation: str) -> list[str]:
        """The replies to one conversation, in the order in which they were taken."""
        told = [body["data"] for body in list(self.receiver.replies.values())]
        return [str(data["text"]) for data in told if data["conversation"] == conversation]

    def take(self, request: httpx.Request) -> httpx.Response:
        """The answer to a reply."""
        self.during()
        try:
            return self.receiver.handle(request)
        except BaseException as fault:
            self.faults.append(fault)
            return httpx.Response(500)


@contextmanager
def program(folder: Path) -> Generator[Program]:
    """A `Program` that takes replies until the block ends; then, that none of them was malformed."""
    made = Program(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            url = f"http://{self.headers['host']}{self.path}"
            answer = made.take(httpx.Request("POST", url, headers=list(self.headers.items()), content=content))
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status_code != 204:
                self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.receiver.url = f"http://127.0.0.1:{server.server_port}/replies"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
    assert made.faults == []
