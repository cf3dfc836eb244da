"""An OpenAI-compatible endpoint for tests, what it may answer, and how it is asked."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from assistant.config import ModelConfig
from assistant.models import Exchange, Prompt, Reply
from assistant.models.openai import OpenAIModel
from tests.kit.measuring import Heard

PROMPT = Prompt("Be brief.", (Exchange("one", "eins"),), "two")
Answer = tuple[int, Any] | Callable[[BaseHTTPRequestHandler], object]


class Endpoint:
    """An OpenAI-compatible endpoint that answers from a list, the last entry for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [(200, completion("zwei"))]
        self.requests: list[Any] = []
        self.keys: list[str | None] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.requests.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
                owner.keys.append(self.headers["authorization"])
                answer = owner.answers.pop(0) if len(owner.answers) > 1 else owner.answers[0]
                if callable(answer):
                    answer(self)
                    return
                body = answer[1] if isinstance(answer[1], bytes) else json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def end(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def completion(text: Any) -> Any:
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


@contextmanager
def asking(endpoint: Endpoint) -> Generator[Callable[..., Reply]]:
    """The block gets a function that asks the endpoint."""
    opened: list[OpenAIModel] = []

    def reply(*, timeout_s: float = 5.0, key: str = "", url: str = "", heard: Heard | None = None) -> Reply:
        config = ModelConfig("openai", "small", url or endpoint.url + "/", key, reply_tokens=7)
        opened.append(OpenAIModel(config))
        return opened[-1].reply(PROMPT, timeout_s, heard)

    try:
        yield reply
    finally:
        for model in opened:
            model.close()


def stream(*chunks: Any, ending: str = "data: [DONE]\n\n", split: int = 7, status: int = 200) -> Answer:
    """Answers with server-sent events, cut into small parts wherever they happen to be."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-type", "text/event-stream; charset=utf-8")
        handler.end_headers()
        told = "".join(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks) + ending
        body = f": welcome\n\n{told}".encode()
        for start in range(0, len(body), split):
            handler.wfile.write(body[start : start + split])

    return answer


def piece(text: Any, finish: str | None = None) -> Any:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], "usage": None}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
COUNTED = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}
