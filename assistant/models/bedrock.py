"""Models of Amazon Bedrock, through the Converse API."""

import math
from functools import lru_cache
from typing import Any

from assistant import aws
from assistant.config import ModelConfig
from assistant.models import ModelError, Prompt, retry

PASSING = {
    "ThrottlingException", "ModelTimeoutException", "ServiceUnavailableException", "InternalServerException",
    "ModelNotReadyException", "ModelErrorException", "TooManyRequestsException",
}  # fmt: skip


class BedrockModel:
    """The `Model` protocol. Needs bedrock:InvokeModel on the model."""

    def __init__(self, config: ModelConfig) -> None:
        self._config = config

    def reply(self, prompt: Prompt, timeout_s: float) -> str:
        """See `Model`."""
        request: dict[str, Any] = {
            "modelId": self._config.id,
            "messages": [{"role": role, "content": [{"text": text}]} for role, text in prompt.messages()],
            "inferenceConfig": {"maxTokens": self._config.reply_tokens},
        }
        if prompt.system:
            request["system"] = [{"text": prompt.system}]
        return retry.within(timeout_s, lambda left: _converse(request, left))


def _converse(request: dict[str, Any], left_s: float) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = _client(max(1, math.floor(left_s))).converse(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ModelError(f"model: got {code} from Bedrock, expected a reply", passing=code in PASSING) from error
    except BotoCoreError as error:
        raise ModelError(f"model: got {type(error).__name__} from Bedrock, expected a reply", passing=True) from error
    parts = answer.get("output", {}).get("message", {}).get("content", [])
    text = "".join(part.get("text", "") for part in parts)
    if not text.strip():
        raise ModelError(f"model: got no text (stop reason {answer.get('stopReason')}), expected a reply")
    return text


@lru_cache(maxsize=16)
def _client(timeout_s: int) -> Any:
    # A client's timeout is fixed when it is made. Retries are ours: they stay within the budget.
    return aws.client("bedrock-runtime", read_timeout_s=timeout_s, attempts=1)
