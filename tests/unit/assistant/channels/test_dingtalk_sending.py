"""The DingTalk channel: what it sends."""

import json
from typing import Any

import httpx
import pytest

from assistant import rendering
from assistant.channels.contract import Incoming, Part, SendError
from assistant.channels.dingtalk import CHANNEL, RULES, posting
from tests.kit.providers import dingtalk as kit
from tests.kit.providers.calling import Scripted

TOKEN_PATH, GROUP_PATH = "/v1.0/oauth2/accessToken", "/v1.0/robot/groupMessages/send"
PERSON_PATH = "/v1.0/robot/oToMessages/batchSend"
LATER = 1_700_005_400


@pytest.fixture
def api() -> kit.DingTalkApi:
    return kit.DingTalkApi()


@pytest.fixture
def given(api: kit.DingTalkApi) -> Scripted:
    return kit.given(api)


def part(text: str = "**hello** there", index: int = 0) -> Part:
    return Part(text, index, 1, f"{index:032x}")


def address(given: Scripted, **fields: Any) -> dict[str, str]:
    taken = CHANNEL.receive(kit.delivery(kit.message(**fields)), given)
    assert isinstance(taken, Incoming)
    return dict(taken.address)


def failed(given: Scripted, to: dict[str, str]) -> SendError:
    with pytest.raises(SendError) as caught:
        CHANNEL.send(part(), to, given)
    return caught.value


def test_a_reply_goes_to_the_session_of_the_message(api: kit.DingTalkApi, given: Scripted) -> None:
    CHANNEL.send(part(), address(given), given)
    markdown = {"title": "hello there", "text": "**hello** there"}
    assert api.calls == [("/robot/sendBySession", {"msgtype": "markdown", "markdown": markdown})]
    assert api.sent == [("s1", markdown)]


def test_after_the_session_a_group_is_written_to_by_the_robot(api: kit.DingTalkApi, given: Scripted) -> None:
    to = address(given)
    given.at = LATER
    CHANNEL.send(part("你好"), to, given)
    CHANNEL.send(part("again"), to, given)
    assert [path for path, _ in api.calls] == [TOKEN_PATH, GROUP_PATH, GROUP_PATH], "the token is kept"
    assert api.calls[1][1] == {
        "robotCode": "rc1", "msgKey": "sampleMarkdown", "openConversationId": "cid1",
        "msgParam": '{"title":"你好","text":"你好"}',
    }  # fmt: skip
    assert list(given.tokens.lives.values()) == [7200.0]


def test_after_the_session_a_person_is_written_to_by_the_robot(api: kit.DingTalkApi, given: Scripted) -> None:
    to = address(given, conversationType="1")
    given.at = LATER
    CHANNEL.send(part(), to, given)
    assert api.calls[-1][0] == PERSON_PATH
    assert api.calls[-1][1]["userIds"] == ["u1"]
    assert api.sent[0][0] == "u1"


def test_a_session_that_ends_early_is_replaced_without_a_second_message(api: kit.DingTalkApi, given: Scripted) -> None:
    api.sessions.clear()
    CHANNEL.send(part(), address(given), given)
    assert [path for path, _ in api.calls] == ["/robot/sendBySession", TOKEN_PATH, GROUP_PATH]
    assert len(api.sent) == 1


def test_somebody_without_a_staff_id_cannot_be_reached_after_the_session(given: Scripted) -> None:
    to = address(given, conversationType="1", senderStaffId=None, senderId="x")
    given.at = LATER
    error = failed(given, to)
    assert not error.passing
    assert not error.unclear


def test_an_address_at_another_host_is_never_called(api: kit.DingTalkApi, given: Scripted) -> None:
    CHANNEL.send(part(), {**address(given), "session": "https://evil.example/"}, given)
    assert [path for path, _ in api.calls] == [TOKEN_PATH, GROUP_PATH]


def test_a_token_that_is_refused_is_replaced_once(api: kit.DingTalkApi, given: Scripted) -> None:
    to = address(given)
    given.at = LATER
    CHANNEL.send(part(), to, given)
    api.tokens.clear()
    CHANNEL.send(part("again"), to, given)
    assert len(api.sent) == 2
    assert api.made == 2
    api.prepared.extend(kit.refusal(401, "InvalidAuthentication") for _ in range(2))
    given.tokens.kept = dict.fromkeys(given.tokens.kept, "old")
    given.tokens.get = lambda key, fetch: "old"
    assert failed(given, to).passing
    assert len(api.sent) == 2


def test_a_token_that_cannot_be_had_means_that_nothing_was_sent(api: kit.DingTalkApi, given: Scripted) -> None:
    to = address(given)
    given.at = LATER
    for prepared in (httpx.ConnectError(""), httpx.Response(500), httpx.Response(200, text="?")):
        api.prepared.append(prepared)
        error = failed(given, to)
        assert error.passing
        assert not error.unclear
    api.app_secret = "rotated"
    error = failed(given, to)
    assert error.passing
    assert "invalidClientIdOrSecret" in str(error)
    assert kit.APP_SECRET not in str(error)


SESSION_ANSWERS = {
    "too fast": (httpx.Response(200, json={"errcode": 130101, "errmsg": "send too fast"}), True, False),
    "busy": (httpx.Response(200, json={"errcode": -1, "errmsg": "系统繁忙"}), True, False),
    "unavailable": (httpx.Response(503), True, False),
    "throttled": (httpx.Response(429), True, False),
    "a gateway's error": (httpx.Response(502), True, True),
    "not readable": (httpx.Response(200, text="<html>"), True, True),
    "no answer": (httpx.ReadTimeout(""), True, True),
}


@pytest.mark.parametrize(("answer", "passing", "unclear"), SESSION_ANSWERS.values(), ids=SESSION_ANSWERS)
def test_what_a_session_answers_decides_whether_it_is_tried_again(
    answer: httpx.Response | Exception, passing: bool, unclear: bool, api: kit.DingTalkApi, given: Scripted
) -> None:
    api.prepared.append(answer)
    error = failed(given, address(given))
    assert (error.passing, error.unclear) == (passing, unclear)
    assert len(api.calls) == 1, "what may have been sent is not sent in another way"


APP_ANSWERS = {
    "throttled": (kit.refusal(403, "Forbidden.AccessDenied.QpsLimitForApi"), True, False),
    "too many": (httpx.Response(429), True, False),
    "unavailable": (httpx.Response(503), True, False),
    "no right to": (kit.refusal(403, "Forbidden.AccessDenied.AccessTokenPermissionDenied"), False, False),
    "another robot": (kit.refusal(400, "invalidParameter.robotCode.auth"), False, False),
    "a gateway's error": (httpx.Response(504), True, True),
    "not readable": (httpx.Response(200, text="<html>"), True, True),
}


@pytest.mark.parametrize(("answer", "passing", "unclear"), APP_ANSWERS.values(), ids=APP_ANSWERS)
def test_what_the_api_answers_decides_whether_it_is_tried_again(
    answer: httpx.Response, passing: bool, unclear: bool, api: kit.DingTalkApi, given: Scripted
) -> None:
    to = address(given)
    given.at = LATER
    CHANNEL.send(part("first"), to, given)
    api.prepared.append(answer)
    error = failed(given, to)
    assert (error.passing, error.unclear) == (passing, unclear)
    assert "hello" not in str(error)


def test_flow_control_passes_and_a_person_who_is_gone_does_not(api: kit.DingTalkApi, given: Scripted) -> None:
    to = address(given, conversationType="1")
    given.at = LATER
    api.flow_controlled = {"u1"}
    assert failed(given, to).passing
    api.flow_controlled, api.unknown_staff = set(), {"u1"}
    assert not failed(given, to).passing


@pytest.mark.parametrize("reply", ["界" * 20_000, "😀" * 9000, '"\\\n' * 4000, "word " * 5000, "# " + "x" * 8000])
def test_the_longest_parts_stay_below_what_either_way_takes(reply: str, api: kit.DingTalkApi, given: Scripted) -> None:
    parts = CHANNEL.render(reply)
    assert all(len(text) <= RULES.reply_limit for text in parts)
    to = address(given)
    for at in (1_700_000_000, LATER):
        given.at = at
        for index, text in enumerate(parts):
            CHANNEL.send(part(text, index), to, given)
    assert len(api.sent) == 2 * len(parts)
    assert parts == rendering.render(reply, "dingtalk_md", 3500, "characters")


TITLES = {"# Heading\ntext": "Heading", "\n- **bold** item": "bold item", "***": "…", "": "…", "x" * 40: "x" * 29 + "…"}


@pytest.mark.parametrize(("text", "title"), TITLES.items())
def test_a_notification_shows_the_beginning_of_the_reply(text: str, title: str) -> None:
    assert posting.title(text) == title


def test_the_session_is_sent_as_json_that_reads_back(api: kit.DingTalkApi, given: Scripted) -> None:
    CHANNEL.send(part('quote " and \\ and 你'), address(given), given)
    assert json.dumps(api.sent[0][1]["text"], ensure_ascii=False) == '"quote \\" and \\\\ and 你"'


def test_nothing_is_shown_while_a_reply_is_made(api: kit.DingTalkApi, given: Scripted) -> None:
    CHANNEL.working(address(given), given)
    assert api.calls == []
