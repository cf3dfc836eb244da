"""Models of Amazon Bedrock, through the Converse API."""

import math
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from assistant import aws
from assistant.config import ModelConfig
from assistant.models import ModelError, Progress, Prompt, Reply, retry
from assistant.models.telling import Telling

PASSING = {
    "ThrottlingException", "ModelTimeoutException", "ServiceUnavailableException", "InternalServerException",
    "ModelNotReadyException", "ModelErrorException", "TooManyRequestsException", "ModelStreamErrorException",
}  # fmt: skip


class BedrockModel:
    """The `Model` protocol. Needs bedrock:InvokeModel on the model, to stream InvokeModelWithResponseStream."""

    def __init__(self, config: ModelConfig) -> None:
        self._config = config

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        """See `Model`. Streams when somebody listens."""
        request: dict[str, Any] = {
            "modelId": self._config.id,
            "messages": [{"role": role, "content": [{"text": text}]} for role, text in prompt.messages()],
            "inferenceConfig": {"maxTokens": self._config.reply_tokens},
        }
        if prompt.system:
            request["system"] = [{"text": prompt.system}]
        telling = Telling(progress)

        def attempt(left_s: float) -> Reply:
            telling.restart()
            return _converse(request, left_s, telling)

        return retry.within(timeout_s, attempt)


def _converse(request: dict[str, Any], left_s: float, telling: Telling) -> Reply:
    from botocore.exceptions import BotoCoreError, ClientError

    deadline = time.monotonic() + left_s
    try:
        client = _client(max(1, math.floor(left_s)))
        if telling.listening:
            stream = client.converse_stream(**request)["stream"]
            try:
                return _streamed(stream, request["modelId"], telling, deadline)
            finally:
                stream.close()
        answer = client.converse(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        code = code[:1].upper() + code[1:]  # an error within a stream begins with a small letter
        raise ModelError(
            f"model: got {code} from Bedrock, expected a reply", passing=code in PASSING, reason=code
        ) from error
    except BotoCoreError as error:
        raise ModelError(
            f"model: got {type(error).__name__} from Bedrock, expected a reply", passing=True, reason="connection"
        ) from error
    parts = answer.get("output", {}).get("message", {}).get("content", [])
    text = "".join(part.get("text", "") for part in parts)
    return _reply(text, request["modelId"], answer.get("stopReason"), answer.get("usage", {}))


def _streamed(stream: Iterable[Mapping[str, Any]], model: str, telling: Telling, deadline: float) -> Reply:
    pieces: list[str] = []
    stopped: str | None = None
    usage: Mapping[str, Any] = {}
    for event in stream:
        if time.monotonic() > deadline:
            raise ModelError(f"model: got {len(pieces)} pieces and no end, expected a reply in time", reason="timeout")
        if piece := event.get("contentBlockDelta", {}).get("delta", {}).get("text"):
            pieces.append(piece)
            telling.text(piece)
        stopped = event.get("messageStop", {}).get("stopReason", stopped)
        usage = event.get("metadata", {}).get("usage", usage)
    if stopped is None:
        raise ModelError(
            f"model: got the end of the stream after {len(pieces)} pieces, expected a finished reply", passing=True,
            reason="cut_off",
        )  # fmt: skip
    return _reply("".join(pieces), model, stopped, usage)


def _reply(text: str, model: str, stopped: str | None, usage: Mapping[str, Any]) -> Reply:
    if not text.strip():
        raise ModelError(f"model: got no text (stop reason {stopped}), expected a reply", reason="empty")
    return Reply(text, model, int(usage.get("inputTokens", 0)), int(usage.get("outputTokens", 0)))


@lru_cache(maxsize=16)
def _client(timeout_s: int) -> Any:
    # A client's timeout is fixed when it is made. Retries are ours: they stay within the budget.
    return aws.client("bedrock-runtime", read_timeout_s=timeout_s, attempts=1)
