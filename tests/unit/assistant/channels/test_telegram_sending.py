"""The Telegram channel: what it sends to the Bot API."""

import httpx
import pytest

from assistant.channels.contract import Incoming, Part, SendError
from assistant.channels.telegram import CHANNEL, plain
from tests.kit.providers import telegram as kit


@pytest.fixture
def api() -> kit.TelegramApi:
    return kit.TelegramApi()


def part(text: str, index: int = 0, count: int = 1) -> Part:
    return Part(text, index, count, f"{index:032x}")


def test_a_reply_in_a_private_chat_is_the_documented_call(api: kit.TelegramApi) -> None:
    CHANNEL.send(part("<b>hello</b> &amp; welcome"), {"chat_id": "1111111"}, kit.given(api))
    assert api.calls == [
        (
            "sendMessage",
            {
                "chat_id": 1111111,
                "text": "<b>hello</b> &amp; welcome",
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
            },
        )
    ]
    assert api.sent[0]["shown"] == "hello & welcome"


def test_a_reply_in_a_group_quotes_the_message_once(api: kit.TelegramApi) -> None:
    taken = CHANNEL.receive(kit.delivery(kit.update("hi", chat={"id": -5, "type": "group"})), kit.given(api))
    assert isinstance(taken, Incoming)
    for index in (0, 1):
        CHANNEL.send(part("hello", index, 2), taken.address, kit.given(api))
    quoted = [sent.get("reply_parameters") for sent in api.sent]
    assert quoted == [{"message_id": 1365, "allow_sending_without_reply": True}, None]


LONG = "# Title\n\n" + "A sentence with <tags> & **bold** words 😀. " * 400 + "\n\n```python\nprint('<&>')\n```\n"
REPLIES = [
    LONG,
    "x" * 9000,
    "😀" * 5000,
    "a < b && c > d",
    "[a link](https://example.com/?a=1&b=2)",
    "```\n" + "y = 1\n" * 2000 + "```",
]


@pytest.mark.parametrize("reply", REPLIES, ids=range(len(REPLIES)))
def test_any_reply_is_rendered_as_messages_that_telegram_takes(api: kit.TelegramApi, reply: str) -> None:
    texts = CHANNEL.render(reply)
    for index, text in enumerate(texts):
        CHANNEL.send(part(text, index, len(texts)), {"chat_id": "1"}, kit.given(api))
    assert len(api.calls) == len(api.sent) == len(texts)
    assert all("parse_mode" in sent for sent in api.sent)


def test_markup_that_telegram_does_not_read_is_sent_as_plain_text(api: kit.TelegramApi) -> None:
    CHANNEL.send(part("<b>bold <i>both</b></i> 1 &lt; 2"), {"chat_id": "1"}, kit.given(api))
    assert [sent["text"] for sent in api.sent] == ["bold both 1 < 2"]
    assert len(api.calls) == 2


def test_plain_text_keeps_the_addresses_of_links_while_they_fit() -> None:
    assert (
        plain('see <a href="https://a.example/?x=1&amp;y=2">the page</a>')
        == "see the page (https://a.example/?x=1&y=2)"
    )
    assert plain('<a href="https://a.example">https://a.example</a>') == "https://a.example"
    assert plain('<a href="https://a.example">' + "x" * 4090 + "</a>") == "x" * 4090


def test_a_group_that_became_a_supergroup_is_followed(api: kit.TelegramApi) -> None:
    moved = "Bad Request: group chat was upgraded to a supergroup chat"
    api.prepared.append(kit.refusal(400, moved, migrate_to_chat_id=-1009876543210))
    CHANNEL.send(part("hello"), {"chat_id": "-5", "reply_to": "9"}, kit.given(api))
    assert [fields["chat_id"] for _, fields in api.calls] == [-5, -1009876543210]
    assert "reply_parameters" not in api.sent[0]


def test_too_many_messages_are_to_be_sent_after_the_time_that_telegram_asks_for(api: kit.TelegramApi) -> None:
    api.prepared.append(kit.refusal(429, "Too Many Requests: retry after 35", retry_after=35))
    failed = failure(api)
    assert (failed.passing, failed.wait_s, failed.unclear) == (True, 35, False)
    assert len(api.calls) == 1


FAILURES = {
    "blocked": (kit.refusal(403, "Forbidden: bot was blocked by the user"), (False, False)),
    "no chat": (kit.refusal(400, "Bad Request: chat not found"), (False, False)),
    "closed topic": (kit.refusal(400, "Bad Request: TOPIC_CLOSED"), (False, False)),
    "revoked token": (kit.refusal(401, "Unauthorized"), (True, False)),
    "no such token": (kit.refusal(404, "Not Found"), (True, False)),
    "server error": (kit.refusal(500, "Internal Server Error"), (True, True)),
    "gateway": (httpx.Response(502, text="<html>"), (True, True)),
    "busy": (httpx.Response(503, text="<html>"), (True, False)),
    "redirect": (httpx.Response(302, headers={"location": "https://evil.example"}), (False, False)),
    "no answer in it": (httpx.Response(200, text="<html>"), (True, True)),
    "limited without a time": (httpx.Response(429, json=[]), (True, False)),
}


@pytest.mark.parametrize(("answer", "means"), FAILURES.values(), ids=FAILURES.keys())
def test_a_refused_call_says_whether_it_may_be_sent_again(
    api: kit.TelegramApi, answer: httpx.Response, means: tuple[bool, bool]
) -> None:
    api.prepared.append(answer)
    failed = failure(api)
    assert (failed.passing, failed.unclear) == means
    assert api.sent == []


def failure(api: kit.TelegramApi, text: str = "a secret of the person") -> SendError:
    with pytest.raises(SendError) as failed:
        CHANNEL.send(part(text), {"chat_id": "1"}, kit.given(api))
    assert text not in str(failed.value)
    assert kit.TOKEN not in str(failed.value)
    return failed.value


def test_a_failure_never_quotes_the_message(api: kit.TelegramApi) -> None:
    api.prepared.append(kit.refusal(400, 'Bad Request: something about "a secret of the person"'))
    assert "telegram: got 400" in str(failure(api))


def test_typing_is_shown_and_its_failure_is_of_no_consequence(api: kit.TelegramApi) -> None:
    CHANNEL.working({"chat_id": "1"}, kit.given(api))
    assert api.calls == [("sendChatAction", {"chat_id": 1, "action": "typing"})]
    api.prepared.append(httpx.ConnectError("no"))
    CHANNEL.working({"chat_id": "1"}, kit.given(api))
    given = kit.given(api)
    given.secrets.clear()
    CHANNEL.working({"chat_id": "1"}, given)


def test_another_server_is_called_where_one_is_configured() -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return kit.success(True)

    given = kit.given(kit.TelegramApi(), api_url="http://127.0.0.1:8081/")
    given.api = kit.Through(handle)
    CHANNEL.send(part("hello"), {"chat_id": "1"}, given)
    assert seen == [f"http://127.0.0.1:8081/bot{kit.TOKEN}/sendMessage"]


def test_a_token_cannot_lead_to_another_path() -> None:
    seen: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return kit.success(True)

    given = kit.given(kit.TelegramApi())
    given.api, given.secrets["bot_token"] = kit.Through(handle), "1:a/../b?c#d"
    CHANNEL.send(part("hello"), {"chat_id": "1"}, given)
    assert seen == [b"/bot1:a%2F..%2Fb%3Fc%23d/sendMessage"]
