"""Bedrock: what is sent, what is tried again, and that errors do not quote the prompt."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from assistant.config import ModelConfig
from assistant.models import Exchange, ModelError, Prompt, bedrock, retry

PROMPT = Prompt("Be brief.", (Exchange("one", "eins"),), "two")
SAID = [("user", "one"), ("assistant", "eins"), ("user", "two")]


class FakeBedrock:
    """A Bedrock client that answers from a list."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.requests = list(answers), []

    def converse(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"output": {"message": {"content": answer}}, "stopReason": "end_turn"}


def ask_bedrock(fake: FakeBedrock, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(bedrock, "_client", lambda _: fake)
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.0)
    return bedrock.BedrockModel(ModelConfig("bedrock", "some.model", reply_tokens=7)).reply(PROMPT, 5)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "two is a secret"}}, "Converse")


def test_bedrock_is_sent_the_whole_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBedrock([{"text": "zw"}, {"reasoningContent": {}}, {"text": "ei"}])
    assert ask_bedrock(fake, monkeypatch) == "zwei"
    assert fake.requests == [
        {
            "modelId": "some.model", "inferenceConfig": {"maxTokens": 7}, "system": [{"text": "Be brief."}],
            "messages": [{"role": role, "content": [{"text": text}]} for role, text in SAID],
        }
    ]  # fmt: skip


def test_bedrock_is_asked_again_when_it_throttles_or_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBedrock(refused("ThrottlingException"), ReadTimeoutError(endpoint_url="x"), [{"text": "zwei"}])
    assert ask_bedrock(fake, monkeypatch) == "zwei"


@pytest.mark.parametrize("answer", [refused("AccessDeniedException"), [], [{"text": " "}]])
def test_bedrock_s_refusal_is_told_without_the_prompt(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBedrock(answer)
    with pytest.raises(ModelError, match=r"^model: got [^\n]+, expected a reply$") as told:
        ask_bedrock(fake, monkeypatch)
    assert "secret" not in str(told.value)
    assert len(fake.requests) == 1


def test_bedrock_answers_in_the_embedded_cloud(cloud: str) -> None:
    model = bedrock.BedrockModel(ModelConfig("bedrock", "amazon.nova-lite-v1:0"))
    bedrock._client.cache_clear()
    assert model.reply(PROMPT, 10).strip()
    bedrock._client.cache_clear()
