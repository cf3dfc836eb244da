"""Every channel whose replies are sent: a genuine request goes in, and one call of the provider's API comes out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import channels, ingress
from assistant.batch import answer_batch
from assistant.channels.web import CHANNEL as WEB
from assistant.config import Config
from assistant.inference import Inference
from assistant.machine import Parts, opened
from assistant.messages import Message
from assistant.models.echo import EchoModel
from assistant.routing import Request
from assistant.sender import Sender
from assistant.streaming import SILENT
from tests.kit.providers import dingtalk, discord, feishu, slack, telegram, webhook, wecom

FOREVER = 60.0
UNSEEN = "\u2060\u200b\u200c\u200d"


@dataclass
class Case:
    """One channel against the fake of its provider, which checks every call against the documented shape."""

    api: Any
    given: Any
    request: Callable[[], Request]
    sent: Callable[[], list[str]]
    """What people would read."""


def _telegram() -> Case:
    api = telegram.TelegramApi()
    return Case(
        api, telegram.given(api), lambda: telegram.delivery(telegram.update("hi")),
        lambda: [telegram.shown(one["text"]) for one in api.sent],
    )  # fmt: skip


def _slack() -> Case:
    api = slack.SlackApi()
    event = slack.event("hi", channel_type="im")
    return Case(api, slack.given(api), lambda: slack.delivery(event), lambda: [str(one[1]["text"]) for one in api.sent])


def _feishu() -> Case:
    api = feishu.FeishuApi()
    return Case(api, feishu.given(api), lambda: feishu.delivery(feishu.event("hi")), lambda: list(api.texts))


def _wecom() -> Case:
    api = wecom.WeComApi()
    # Messages of the same text are told apart by characters that nobody sees.
    return Case(
        api, wecom.given(api), lambda: wecom.delivery("hi"), lambda: [text.rstrip(UNSEEN) for text in api.texts]
    )


def _dingtalk() -> Case:
    api = dingtalk.DingTalkApi()
    return Case(
        api, dingtalk.given(api), lambda: dingtalk.delivery(dingtalk.message("hi")),
        lambda: [str(one[1]["text"]) for one in api.sent],
    )  # fmt: skip


def _discord() -> Case:
    api = discord.DiscordApi()
    return Case(
        api, discord.given(api), lambda: discord.delivery(discord.command("hi")),
        lambda: [text for text in (api.original, *api.followed, *api.posted.values()) if text],
    )  # fmt: skip


def _webhook() -> Case:
    receiver = webhook.Receiver()
    options = {"reply_url": receiver.url, "conversation_path": "conversation"}
    body = {"conversation": "c1", "text": "hi"}
    return Case(
        receiver, webhook.given(receiver, **options), lambda: webhook.delivery(body),
        lambda: [str(one["data"]["text"]) for one in receiver.replies.values()],
    )  # fmt: skip


CASES = {
    "telegram": _telegram, "slack": _slack, "feishu": _feishu, "wecom": _wecom, "dingtalk": _dingtalk,
    "discord": _discord, "webhook": _webhook,
}  # fmt: skip


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(Config(), tmp_path / "data", EchoModel()) as made:
        yield made


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Case:
    # The fakes have a host of their own, which need not exist: addresses are judged by tests of their own.
    monkeypatch.setattr("assistant.channels.webhook.target.check", lambda url, allow_private: None)
    return request.param()


def taken(case: Case, parts: Parts) -> int:
    """The status with which one delivery is answered."""
    channel = channels.load(case.given.installation.channel)
    return ingress.take(channel, case.given, case.request(), parts).status


def answered(case: Case, parts: Parts) -> None:
    """Answers what is in the queue and sends what is in the outbox, until there is nothing left."""
    sender = Sender(parts.outbox, lambda outgoing: case.given)
    handed_on: list[Message] = []
    inference = Inference(
        parts.sessions, parts.answering, parts.config, forward=lambda message, error: handed_on.append(message),
        publisher=SILENT,
    )  # fmt: skip
    while deliveries := parts.queue.receive(10, 0):
        assert answer_batch(inference, deliveries, lambda: FOREVER) == []
        for delivery in deliveries:
            parts.queue.done(delivery)
    for message in handed_on:
        sender.deliver(message.key, message.id, last=False, left_s=lambda: FOREVER)


def test_every_channel_that_sends_has_a_case() -> None:
    assert {*CASES, WEB.rules.name} == set(channels.NAMES)


def test_what_is_delivered_five_times_is_answered_with_one_call(case: Case, parts: Parts) -> None:
    statuses = [taken(case, parts) for _ in range(5)]
    assert set(statuses) <= {200, 202}
    assert len(set(statuses)) == 1, "a delivery that comes again is acknowledged as the first one was"
    answered(case, parts)
    assert [text.strip() for text in case.sent()] == ["echo: hi"]
    assert taken(case, parts) == statuses[0], "also after it was answered"
    answered(case, parts)
    assert len(case.sent()) == 1


def test_a_message_is_not_acknowledged_while_it_cannot_be_stored_and_taken_when_it_comes_again(
    case: Case, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(type(parts.intake), "accept", full)
        assert taken(case, parts) == 503
    assert taken(case, parts) in {200, 202}
    answered(case, parts)
    assert len(case.sent()) == 1
