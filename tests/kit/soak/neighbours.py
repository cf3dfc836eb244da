"""The neighbours of the assistant in a soak: a model that fails at random, and a receiver of replies that does, too."""

import json
import random
import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Neighbours:
    """What they saw, and how often they fail."""

    random: random.Random
    model_failures: float
    receiver_failures: float
    replies: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """Conversation -> (part's key, text) in the order of arrival; a part that comes again is kept again."""
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def fails(self, share: float) -> bool:
        """True for that share of calls."""
        with self.lock:
            return self.random.random() < share


@contextmanager
def neighbours(seed: int, *, model_failures: float, receiver_failures: float) -> Generator[Neighbours]:
    """Both on one port of the loopback address: POST /v1/chat/completions and POST /replies."""
    seen = Neighbours(random.Random(seed), model_failures, receiver_failures)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path.endswith("/chat/completions"):
                self._model(body)
            else:
                self._receive(body)

        def _model(self, body: dict[str, Any]) -> None:
            seen.asked += 1
            if seen.fails(seen.model_failures):
                self._answer(500, b"{}")
                return
            said = "answer to " + body["messages"][-1]["content"]
            events = [
                {"choices": [{"index": 0, "delta": {"content": said}, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 5}},
            ]
            lines = [f"data: {json.dumps(event)}\n\n" for event in events]
            self._answer(200, ("".join(lines) + "data: [DONE]\n\n").encode(), "text/event-stream")

        def _receive(self, body: dict[str, Any]) -> None:
            if seen.fails(seen.receiver_failures):
                self._answer(503, b"")
                return
            told = body["data"]
            with seen.lock:
                seen.replies[str(told["conversation"])].append((str(self.headers["webhook-id"]), str(told["text"])))
            self._answer(200, b"")

        def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
