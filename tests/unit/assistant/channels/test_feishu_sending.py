"""The Feishu channel: what it sends, the token that it needs, and what it makes of the answers."""

import json

import httpx
import pytest

from assistant.channels.contract import Part, SendError
from assistant.channels.feishu import CHANNEL, RULES, posting
from tests.kit.providers import feishu as kit

CHAT = {"chat_id": "oc_1"}
REPLY = {"chat_id": "oc_1", "reply_to": "om_1"}


@pytest.fixture
def api() -> kit.FeishuApi:
    return kit.FeishuApi()


def part(text: str, index: int = 0, count: int = 1) -> Part:
    return Part(text, index, count, f"{index:032x}")


def failed(api: kit.FeishuApi, address: dict[str, str] = CHAT) -> SendError:
    with pytest.raises(SendError) as error:
        CHANNEL.send(part("secret words"), address, kit.given(api))
    assert "secret words" not in str(error.value)
    return error.value


def test_a_card_goes_to_the_chat(api: kit.FeishuApi) -> None:
    CHANNEL.send(part("**hello**"), CHAT, kit.given(api))
    [(path, fields)] = api.calls
    assert path == "/open-apis/im/v1/messages?receive_id_type=chat_id"
    assert fields == {
        "receive_id": "oc_1", "msg_type": "interactive", "content": posting.card("**hello**"), "uuid": "0" * 32,
    }  # fmt: skip
    assert api.texts == ["**hello**"]


def test_a_card_replies_where_others_may_write_in_between(api: kit.FeishuApi) -> None:
    CHANNEL.send(part("hello"), REPLY, kit.given(api))
    assert [path for path, _ in api.calls] == ["/open-apis/im/v1/messages/om_1/reply"]
    assert "receive_id" not in api.calls[0][1]


def test_an_id_from_outside_does_not_become_another_path(api: kit.FeishuApi) -> None:
    CHANNEL.send(part("hello"), {**REPLY, "reply_to": "../om?x=1"}, kit.given(api))
    assert [path for path, _ in api.calls] == ["/open-apis/im/v1/messages/..%2Fom%3Fx%3D1/reply"]


def test_the_reply_to_a_withdrawn_message_goes_to_its_chat(api: kit.FeishuApi) -> None:
    api.withdrawn.add("om_1")
    CHANNEL.send(part("hello"), REPLY, kit.given(api))
    assert [target for target, _ in api.sent] == ["oc_1"]


def test_a_part_that_is_sent_again_is_seen_once(api: kit.FeishuApi) -> None:
    given = kit.given(api)
    for _ in range(3):
        CHANNEL.send(part("hello"), CHAT, given)
    CHANNEL.send(part("hello", 1), CHAT, given)
    assert api.texts == ["hello", "hello"]
    assert RULES.resend_unclear


def test_a_refused_card_is_sent_as_a_text_that_mentions_nobody(api: kit.FeishuApi) -> None:
    api.prepared.append(kit.failure(230099, "Failed to create card content"))
    [text] = CHANNEL.render('1 &lt; 2 <at user_id="all"></at> * done')
    assert "<at" not in text
    CHANNEL.send(part(text), REPLY, kit.given(api))
    assert api.texts == ['1 < 2 <\u200bat user_id="all"></at> * done']


def test_a_token_is_fetched_once_and_again_before_it_expires(api: kit.FeishuApi) -> None:
    given = kit.given(api)
    for index in range(3):
        CHANNEL.send(part("hello", index), CHAT, given)
    assert len(api.tokens) == 1
    assert given.tokens.lives == [6000.0]
    given.tokens.at = 6000
    CHANNEL.send(part("hello", 3), CHAT, given)
    assert len(api.tokens) == 2


def test_a_refused_token_is_fetched_anew_once(api: kit.FeishuApi) -> None:
    given = kit.given(api)
    CHANNEL.send(part("hello"), CHAT, given)
    api.tokens.append("t-revoked")
    CHANNEL.send(part("hello", 1), CHAT, given)
    assert api.texts == ["hello", "hello"]
    for code in (99991661, 99991663, 99991668):
        api.prepared.extend([kit.failure(code), kit.failure(code)])
        calls = len(api.calls)
        assert failed(api).passing
        assert len(api.calls) == calls + 2


def test_two_installations_have_tokens_of_their_own(api: kit.FeishuApi) -> None:
    one, other = kit.given(api), kit.given(api, app_id="cli_b")
    assert posting._key(one) != posting._key(other)


@pytest.mark.parametrize("code", [230020, 99991400])
def test_a_limit_passes_after_the_time_that_feishu_names(api: kit.FeishuApi, code: int) -> None:
    api.prepared.append(kit.failure(code, status=400, x_ogw_ratelimit_reset="7"))
    error = failed(api)
    assert (error.passing, error.unclear, error.wait_s) == (True, False, 7)
    api.prepared.append(kit.failure(code, status=429, x_ogw_ratelimit_reset="soon"))
    assert failed(api).wait_s == 1


def test_a_message_that_is_still_being_sent_is_asked_for_again(api: kit.FeishuApi) -> None:
    api.prepared.append(kit.failure(230049))
    assert failed(api).passing


@pytest.mark.parametrize("code", [230002, 230025, 230001])
def test_what_feishu_will_not_take_fails_for_good_and_is_named(api: kit.FeishuApi, code: int) -> None:
    api.prepared.append(kit.failure(code))
    error = failed(api)
    assert (error.passing, error.unclear) == (False, False)
    assert str(code) in str(error)


@pytest.mark.parametrize(
    "answer", [httpx.Response(502), httpx.Response(500, json={"code": 2200}), httpx.Response(200, text="?"),
               httpx.Response(200, json=[1]), httpx.Response(200, json={"code": True})]
)  # fmt: skip
def test_an_answer_that_tells_nothing_is_unclear(api: kit.FeishuApi, answer: httpx.Response) -> None:
    api.prepared.append(answer)
    error = failed(api)
    assert (error.passing, error.unclear) == (True, True)


def test_a_connection_that_breaks_is_unclear(api: kit.FeishuApi) -> None:
    api.prepared.append(httpx.ReadTimeout("slow"))
    assert failed(api).unclear


def test_no_token_is_a_failure_that_passes_and_nothing_was_sent(api: kit.FeishuApi) -> None:
    for answer in (httpx.Response(500), kit.failure(99991400, status=400), httpx.ReadTimeout("slow"),
                   kit.failure(10014, status=200), httpx.Response(200, json={"code": 0, "expire": 7200})):  # fmt: skip
        api.prepared_token.append(answer)
        error = failed(api)
        assert (error.passing, error.unclear) == (True, False)
        assert kit.APP_SECRET not in str(error)
    assert api.calls == []


@pytest.mark.parametrize("letter", ["a", "字", '"', "\\", "*", "😀"])
def test_every_part_of_a_long_reply_fits(api: kit.FeishuApi, letter: str) -> None:
    texts = CHANNEL.render(" ".join([f"x{letter * 50}"] * 700))
    given = kit.given(api)
    for index, text in enumerate(texts):
        assert len(text) <= RULES.reply_limit
        CHANNEL.send(part(text, index, len(texts)), CHAT, given)
    assert len(api.sent) == len(texts) > 1
    assert all(json.loads(fields["content"])["elements"][0]["content"] for _, fields in api.sent)


def test_an_empty_reply_is_still_a_message() -> None:
    assert CHANNEL.render("")
