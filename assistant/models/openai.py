"""Any endpoint that speaks the OpenAI chat completions protocol: hosted services, vLLM, Ollama."""

import json
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from assistant import secrets
from assistant.config import ModelConfig
from assistant.models import ModelError, Prompt, retry

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

    def reply(self, prompt: Prompt, timeout_s: float) -> str:
        """See `Model`."""
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        said = [{"role": role, "content": text} for role, text in prompt.messages()]
        request = {"model": self._config.id, "messages": system + said, "max_tokens": self._config.reply_tokens}
        return retry.within(timeout_s, lambda left: self._ask(request, left))

    def _ask(self, request: dict[str, Any], left_s: float) -> str:
        import httpx

        deadline = time.monotonic() + left_s
        timeout = httpx.Timeout(left_s, connect=min(left_s, CONNECT_SECONDS))
        try:
            headers, http = self._headers(), self._http()
            with http.stream("POST", self._url, json=request, headers=headers, timeout=timeout) as answer:
                body = bytearray()
                for part in answer.iter_bytes():  # an endpoint that trickles must not outlast the budget
                    body += part
                    if len(body) > MOST_BYTES or time.monotonic() > deadline:
                        raise ModelError(f"model: got {len(body)} bytes and no end, expected a reply in {left_s:.0f} s")
        except httpx.TimeoutException as error:
            raise ModelError(f"model: got {type(error).__name__} after up to {left_s:.1f} s", passing=True) from error
        except httpx.HTTPError as error:
            raise ModelError(f"model: got {type(error).__name__}, expected a connection", passing=True) from error
        if answer.status_code != 200:
            raise self._refused(answer)
        return _text(bytes(body))

    def _refused(self, answer: "httpx.Response") -> ModelError:
        status = answer.status_code
        if status in {401, 403} and self._config.api_key_ref:
            secrets.forget(self._config.api_key_ref)
        asked = answer.headers.get("retry-after", "")
        wait = float(asked) if re.fullmatch(r"[0-9]{1,4}", asked) else 0.0
        return ModelError(f"model: got HTTP status {status}, expected 200", passing=status in PASSING, wait_s=wait)

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


def _text(body: bytes) -> str:
    try:
        text: Any = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ModelError("model: got an answer without choices[0].message.content, expected it") from None
    if not isinstance(text, str) or not text.strip():
        raise ModelError("model: got an empty reply, expected text", passing=True)
    return text
