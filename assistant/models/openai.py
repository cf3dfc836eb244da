"""Any endpoint that speaks the OpenAI chat completions protocol: hosted services, vLLM, Ollama."""

import json
import re
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from assistant import secrets
from assistant.config import ModelConfig
from assistant.models import ModelError, Progress, Prompt, Reply, events, retry
from assistant.models.telling import Telling

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 5.0
MOST_BYTES = 4 * 1024 * 1024
PASSING = {408, 409, 425, 429, 500, 502, 503, 504}


class OpenAIModel:
    """The `Model` protocol. The key is read by reference when it is first needed, and again when it was refused."""

    def __init__(self, config: ModelConfig) -> None:
        self._config = config
        self._url = config.base_url.rstrip("/") + "/chat/completions"
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        """See `Model`. Streams when somebody listens; an endpoint that cannot stream is told in one piece."""
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        said = [{"role": role, "content": text} for role, text in prompt.messages()]
        request = {"model": self._config.id, "messages": system + said, "max_tokens": self._config.reply_tokens}
        telling = Telling(progress)
        if telling.listening:
            request |= {"stream": True, "stream_options": {"include_usage": True}}

        def attempt(left_s: float) -> Reply:
            telling.restart()
            return self._ask(request, left_s, telling)

        return retry.within(timeout_s, attempt)

    def _ask(self, request: dict[str, Any], left_s: float, telling: Telling) -> Reply:
        import httpx

        deadline = time.monotonic() + left_s
        timeout = httpx.Timeout(left_s, connect=min(left_s, CONNECT_SECONDS))
        try:
            headers, http = self._headers(), self._http()
            with http.stream("POST", self._url, json=request, headers=headers, timeout=timeout) as answer:
                if answer.status_code != 200:
                    raise self._refused(answer)
                parts = _limited(answer.iter_bytes(), deadline, left_s)
                if answer.headers.get("content-type", "").startswith("text/event-stream"):
                    return _streamed(events.data(parts), self._config.id, telling)
                reply = _whole(b"".join(parts), self._config.id)
        except httpx.TimeoutException as error:
            raise ModelError(
                f"model: got {type(error).__name__} after up to {left_s:.1f} s", passing=True, reason="timeout"
            ) from error
        except httpx.HTTPError as error:
            raise ModelError(
                f"model: got {type(error).__name__}, expected a connection", passing=True, reason="connection"
            ) from error
        telling.text(reply.text)
        return reply

    def _refused(self, answer: "httpx.Response") -> ModelError:
        status = answer.status_code
        if status in {401, 403} and self._config.api_key_ref:
            secrets.forget(self._config.api_key_ref)
        asked = answer.headers.get("retry-after", "")
        return ModelError(
            f"model: got HTTP status {status}, expected 200", passing=status in PASSING, reason=f"status_{status}",
            wait_s=float(asked) if re.fullmatch(r"[0-9]{1,4}", asked) else 0.0,
        )  # fmt: skip

    def _headers(self) -> dict[str, str]:
        if not self._config.api_key_ref:
            return {}
        return {"authorization": f"Bearer {secrets.resolve(self._config.api_key_ref)}"}

    def _http(self) -> "httpx.Client":
        with self._lock:
            if self._client is None:
                import httpx

                self._client = httpx.Client(limits=httpx.Limits(max_connections=32, keepalive_expiry=30))
            return self._client

    def close(self) -> None:
        """Closes the kept connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


def _limited(parts: Iterable[bytes], deadline: float, left_s: float) -> Iterator[bytes]:
    """The parts, as long as they are not too many: an endpoint that trickles must not outlast the budget."""
    size = 0
    for part in parts:
        size += len(part)
        if size > MOST_BYTES or time.monotonic() > deadline:
            raise ModelError(
                f"model: got {size} bytes and no end, expected a reply in {left_s:.0f} s", reason="timeout"
            )
        yield part


def _whole(body: bytes, model: str) -> Reply:
    try:
        read: Any = json.loads(body)
        text: Any = read["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ModelError(
            "model: got an answer without choices[0].message.content, expected it", reason="unreadable"
        ) from None
    return _reply(text if isinstance(text, str) else "", model, read.get("usage"))


def _streamed(data: Iterable[str], model: str, telling: Telling) -> Reply:
    pieces: list[str] = []
    usage: Any = None
    finished = False
    for event in data:
        if event == "[DONE]":
            finished = True
            continue  # to the very end: a connection that was read whole is used again
        chunk = _chunk(event)
        usage = chunk.get("usage") or usage
        for choice in (chunk.get("choices") or [])[:1]:
            piece: Any = (choice.get("delta") or {}).get("content")
            if isinstance(piece, str) and piece:
                pieces.append(piece)
                telling.text(piece)
            finished = finished or bool(choice.get("finish_reason"))
    if not finished:
        raise ModelError(
            f"model: got the end of the stream after {len(pieces)} pieces, expected a finished reply", passing=True,
            reason="cut_off",
        )  # fmt: skip
    return _reply("".join(pieces), model, usage)


def _chunk(event: str) -> dict[str, Any]:
    try:
        chunk: Any = json.loads(event)
        if not isinstance(chunk["choices"] if "error" not in chunk else None, list):
            raise TypeError
        if not all(isinstance(choice, dict) for choice in chunk["choices"]):
            raise TypeError
    except (ValueError, LookupError, TypeError, RecursionError):
        # An endpoint that fails after its status line can only say so here; its words may quote the prompt.
        raise ModelError(
            "model: got an event without choices, expected a piece of the reply", passing=True, reason="unreadable"
        ) from None
    return chunk


def _reply(text: str, model: str, usage: Any) -> Reply:
    if not text.strip():
        raise ModelError("model: got an empty reply, expected text", passing=True, reason="empty")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # JSON may hold halves of characters
    return Reply(text, model, _tokens(usage, "prompt_tokens"), _tokens(usage, "completion_tokens"))


def _tokens(usage: Any, name: str) -> int:
    """What the endpoint counted; 0 when it does not."""
    counted: Any = usage.get(name) if isinstance(usage, dict) else None
    return counted if isinstance(counted, int) and counted > 0 else 0
