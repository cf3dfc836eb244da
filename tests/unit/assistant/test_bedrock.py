"""Bedrock: what is sent, what is tried again, and that errors do not quote the prompt."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError, ReadTimeoutError

from assistant.config import ModelConfig
from assistant.models import Exchange, ModelError, Prompt, Reply, bedrock, retry
from tests.kit.measuring import Heard

PROMPT = Prompt("Be brief.", (Exchange("one", "eins"),), "two")
SAID = [("user", "one"), ("assistant", "eins"), ("user", "two")]


class FakeBedrock:
    """A Bedrock client that answers from a list."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.requests = list(answers), []
        self.streams: list[FakeStream] = []

    def converse(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        usage = {"inputTokens": 12, "outputTokens": 3, "totalTokens": 15}
        return {"output": {"message": {"content": answer}}, "stopReason": "end_turn", "usage": usage}

    def converse_stream(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        self.streams.append(FakeStream(answer))
        return {"stream": self.streams[-1]}


class FakeStream:
    """A stream of events; an exception among them is raised."""

    def __init__(self, events: list[Any]) -> None:
        self.events, self.closed = events, False

    def __iter__(self) -> Iterator[Any]:
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event

    def close(self) -> None:
        self.closed = True


def ask_bedrock(fake: FakeBedrock, monkeypatch: pytest.MonkeyPatch, heard: Heard | None = None) -> Reply:
    monkeypatch.setattr(bedrock, "_client", lambda _: fake)
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.0)
    return bedrock.BedrockModel(ModelConfig("bedrock", "some.model", reply_tokens=7)).reply(PROMPT, 5, heard)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "two is a secret"}}, "Converse")


def test_bedrock_is_sent_the_whole_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBedrock([{"text": "zw"}, {"reasoningContent": {}}, {"text": "ei"}])
    assert ask_bedrock(fake, monkeypatch) == Reply("zwei", "some.model", 12, 3)
    assert fake.requests == [
        {
            "modelId": "some.model", "inferenceConfig": {"maxTokens": 7}, "system": [{"text": "Be brief."}],
            "messages": [{"role": role, "content": [{"text": text}]} for role, text in SAID],
        }
    ]  # fmt: skip


def test_bedrock_is_asked_again_when_it_throttles_or_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBedrock(refused("ThrottlingException"), ReadTimeoutError(endpoint_url="x"), [{"text": "zwei"}])
    assert ask_bedrock(fake, monkeypatch).text == "zwei"


@pytest.mark.parametrize("answer", [refused("AccessDeniedException"), [], [{"text": " "}]])
def test_bedrock_s_refusal_is_told_without_the_prompt(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBedrock(answer)
    with pytest.raises(ModelError, match=r"^model: got [^\n]+, expected a reply$") as told:
        ask_bedrock(fake, monkeypatch)
    assert "secret" not in str(told.value)
    assert len(fake.requests) == 1


def said(text: str) -> Any:
    return {"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": 0}}


STREAM = [
    {"messageStart": {"role": "assistant"}}, said("zw"),
    {"contentBlockDelta": {"delta": {"reasoningContent": {"text": "hm"}}, "contentBlockIndex": 1}}, said("ei"),
    {"contentBlockStop": {"contentBlockIndex": 0}}, {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 12, "outputTokens": 3, "totalTokens": 15}, "metrics": {"latencyMs": 1}}},
]  # fmt: skip


def broken(code: str) -> EventStreamError:
    return EventStreamError({"Error": {"Code": code, "Message": "two is a secret"}}, "ConverseStream")


def test_bedrock_s_reply_is_told_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    fake, heard = FakeBedrock(STREAM), Heard()
    assert ask_bedrock(fake, monkeypatch, heard) == Reply("zwei", "some.model", 12, 3)
    assert heard.pieces == ["zw", "ei"]
    assert fake.streams[0].closed


@pytest.mark.parametrize("end", [[broken("throttlingException")], [broken("modelStreamErrorException")], []])
def test_a_stream_of_bedrock_that_breaks_is_taken_back_and_asked_for_again(
    end: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, heard = FakeBedrock([said("half"), *end], STREAM), Heard()
    assert ask_bedrock(fake, monkeypatch, heard).text == "zwei"
    assert (heard.pieces, heard.restarts) == (["zw", "ei"], 1)
    assert all(stream.closed for stream in fake.streams)


def test_an_error_in_a_stream_of_bedrock_is_told_without_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="got ValidationException from Bedrock") as told:
        ask_bedrock(FakeBedrock([broken("validationException")]), monkeypatch, Heard())
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("heard", [None, Heard()])
def test_bedrock_answers_in_the_embedded_cloud(cloud: str, heard: Heard | None) -> None:
    model = bedrock.BedrockModel(ModelConfig("bedrock", "amazon.nova-lite-v1:0"))
    bedrock._client.cache_clear()
    reply = model.reply(PROMPT, 10, heard)
    assert reply.text.strip()
    assert reply.input_tokens > 0
    assert reply.output_tokens > 0
    assert heard is None or heard.whole == reply.text
    bedrock._client.cache_clear()
