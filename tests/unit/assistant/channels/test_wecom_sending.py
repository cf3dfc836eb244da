"""The WeCom channel: what it sends, the token that it needs, and what it makes of the answers."""

import os
from typing import Any

import httpx
import pytest

from assistant.channels.contract import Part, SendError
from assistant.channels.wecom import CHANNEL, RULES, posting
from tests.kit.providers import wecom as kit

MEMBER = {"user": "u1"}


@pytest.fixture
def api() -> kit.WeComApi:
    return kit.WeComApi()


def part(text: str, index: int = 0, count: int = 1, key: str = "") -> Part:
    return Part(text, index, count, key or f"{index:032x}")


def failed(api: kit.WeComApi, text: str = "secret words") -> SendError:
    with pytest.raises(SendError) as error:
        CHANNEL.send(part(text), MEMBER, kit.given(api))
    assert text not in str(error.value)
    return error.value


def test_a_plain_reply_is_a_text_and_one_with_markup_is_markdown(api: kit.WeComApi) -> None:
    given = kit.given(api)
    CHANNEL.send(part("hello, 1 * 2 = 2"), MEMBER, given)
    CHANNEL.send(part("**hello**", 1), MEMBER, given)
    first, second = api.sent
    assert first == {
        "touser": "u1", "agentid": 218, "msgtype": "text", "text": {"content": "hello, 1 * 2 = 2" + posting.mark("0")},
        "enable_duplicate_check": 1, "duplicate_check_interval": 1800,
    }  # fmt: skip
    assert (second["msgtype"], second["markdown"]["content"][:9]) == ("markdown", "**hello**")


def test_a_part_that_is_sent_again_is_seen_once_and_another_of_the_same_words_is_seen_too(api: kit.WeComApi) -> None:
    given, again = kit.given(api), kit.given(api)
    for one in (given, given, again):
        CHANNEL.send(part("yes", key="0a" * 16), MEMBER, one)
    CHANNEL.send(part("yes", key="0b" * 16), MEMBER, given)
    assert [text.rstrip(posting.MARKS) for text in api.texts] == ["yes", "yes"]
    assert RULES.resend_unclear


def test_marks_of_different_parts_differ_as_a_rule() -> None:
    marks = {posting.mark(os.urandom(16).hex()) for _ in range(200)}
    assert len(marks) > 150
    assert {len(mark.encode()) for mark in marks} == {posting.MARK_BYTES}


def test_a_token_is_fetched_once_and_a_revoked_one_anew(api: kit.WeComApi) -> None:
    given = kit.given(api)
    for index in range(3):
        CHANNEL.send(part("hello", index), MEMBER, given)
    assert len(api.tokens) == 1
    assert given.tokens.lives == [7200.0]
    api.tokens.append("revoked")
    CHANNEL.send(part("hello", 3), MEMBER, given)
    assert len(api.sent) == 4
    for code in (40014, 42001):
        api.prepared.extend([kit.failure(code), kit.failure(code)])
        calls = len(api.calls)
        assert failed(api).passing
        assert len(api.calls) == calls + 2


def test_a_limit_passes_after_a_minute(api: kit.WeComApi) -> None:
    api.prepared.append(kit.failure(45009))
    error = failed(api)
    assert (error.passing, error.unclear, error.wait_s) == (True, False, 60)


@pytest.mark.parametrize(
    ("code", "passing"), [(-1, True), (45033, True), (60020, True), (45002, False), (81013, False)]
)
def test_errors_are_named_and_told_apart(api: kit.WeComApi, code: int, passing: bool) -> None:
    api.prepared.append(kit.failure(code))
    error = failed(api)
    assert (error.passing, error.unclear) == (passing, False)
    assert f"({code})" in str(error)


def test_a_member_whom_the_app_may_not_write_to_is_a_failure_for_good(api: kit.WeComApi) -> None:
    api.prepared.append(httpx.Response(200, json={"errcode": 0, "errmsg": "ok", "invaliduser": "u1"}))
    error = failed(api)
    assert (error.passing, error.unclear) == (False, False)


@pytest.mark.parametrize("answer", [httpx.Response(502), httpx.Response(200, text="?"), httpx.ReadTimeout("slow")])
def test_an_answer_that_tells_nothing_is_unclear(api: kit.WeComApi, answer: Any) -> None:
    api.prepared.append(answer)
    assert failed(api).unclear


def test_no_token_is_a_failure_that_passes_and_nothing_was_sent(api: kit.WeComApi) -> None:
    for answer in (httpx.Response(502), kit.failure(40001), kit.failure(60020), httpx.ReadTimeout("slow"),
                   httpx.Response(200, json={"errcode": 0, "access_token": ""})):  # fmt: skip
        api.prepared_token.append(answer)
        error = failed(api)
        assert (error.passing, error.unclear) == (True, False)
        assert kit.APP_SECRET not in str(error)
    assert api.calls == []


@pytest.mark.parametrize("letter", ["a", "字", "*", "`", "😀"])
def test_every_part_of_a_long_reply_fits(api: kit.WeComApi, letter: str) -> None:
    texts = CHANNEL.render(" ".join([f"**bold** {letter * 30}"] * 300))
    given = kit.given(api)
    for index, text in enumerate(texts):
        CHANNEL.send(part(text, index, len(texts)), MEMBER, given)
    assert len(api.sent) == len(texts) > 1


def test_an_agent_id_that_is_no_number_is_told(api: kit.WeComApi) -> None:
    with pytest.raises(SendError, match="agent_id"):
        CHANNEL.send(part("hello"), MEMBER, kit.given(api, agent_id="x"))
