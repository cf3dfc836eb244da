"""The Slack channel: what it sends, and where to."""

import json
from typing import Any

import httpx
import pytest

from assistant.channels.contract import Incoming, Part, RefusedError, SendError
from assistant.channels.slack import CHANNEL, RULES, posting
from assistant.channels.slack.registration import manifest
from tests.kit.providers import slack as kit


@pytest.fixture
def api() -> kit.SlackApi:
    return kit.SlackApi()


def take(request: Any) -> Incoming:
    taken = CHANNEL.receive(request, kit.given(kit.SlackApi()))
    assert isinstance(taken, Incoming)
    return taken


def part(text: str, index: int = 0, count: int = 1) -> Part:
    return Part(text, index, count, f"{index:032x}")


ELSEWHERE = [
    "https://evil.example/commands/1", "http://hooks.slack.com/commands/1", "https://hooks.slack.com.evil.example/1",
    "https://hooks.slack.com@evil.example/1", "https://hooks.slack.com:8443/1", "https://hooks.slack.com",
    "https://HOOKS.slack.com/1", "https://hooks.slack.com/1\nHost: x", "https://hooks.slack.com\\@evil.example/",
    "//hooks.slack.com/1", "http://169.254.169.254/latest/meta-data/",
]  # fmt: skip


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_is_sent_to_another_host_than_slacks(api: kit.SlackApi, url: str) -> None:
    with pytest.raises(RefusedError) as refused:
        take(kit.delivery(kit.command("x", response_url=url)))
    assert refused.value.status == 400
    with pytest.raises(SendError, match="another host"):
        CHANNEL.send(part("hello"), {"response_url": url, "channel": "C1", "user": "U1"}, kit.given(api))
    assert api.calls == []


def test_a_host_that_stands_in_for_slack_may_be_answered_where_it_is_configured() -> None:
    given = kit.given(kit.SlackApi(), api_url="http://127.0.0.1:8090/api")
    assert posting.is_response_url("http://127.0.0.1:8090/commands/1", given)
    assert not posting.is_response_url("http://127.0.0.1:80901/commands/1", given)
    assert not posting.is_response_url("http://127.0.0.1:8090/commands/1", kit.given(kit.SlackApi()))


def test_a_reply_goes_into_the_thread_as_the_documented_call(api: kit.SlackApi) -> None:
    taken = take(kit.delivery(kit.event()))
    CHANNEL.send(part("*hello*"), taken.address, kit.given(api))
    fields = {
        "channel": "C1",
        "text": "*hello*",
        "thread_ts": "1700000000.000100",
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert api.sent == [("chat.postMessage", fields)]


def test_a_reply_to_a_direct_message_opens_no_thread(api: kit.SlackApi) -> None:
    CHANNEL.send(part("hello"), {"channel": "D1"}, kit.given(api))
    assert "thread_ts" not in api.sent[0][1]


def test_a_command_is_answered_to_the_one_who_gave_it(api: kit.SlackApi) -> None:
    taken = take(kit.delivery(kit.command("hi")))
    CHANNEL.send(part("hello"), taken.address, kit.given(api))
    assert api.sent == [("response_url", {"response_type": "ephemeral", "text": "hello", "replace_original": False})]


def test_what_the_response_url_no_longer_takes_is_sent_under_the_bots_token(api: kit.SlackApi) -> None:
    address = take(kit.delivery(kit.command("hi"))).address
    for index in range(7):
        CHANNEL.send(part(f"part {index}", index, 7), address, kit.given(api))
    assert [method for method, _ in api.sent] == ["response_url"] * 5 + ["chat.postEphemeral"] * 2
    assert len(api.calls) == 7  # a sixth answer is not even tried
    assert api.sent[-1][1] == {"channel": "C1", "user": "U1", "text": "part 6"}
    CHANNEL.send(part("again"), address, kit.given(api))  # used up by now, which Slack says with a 404
    assert api.sent[-1] == ("chat.postEphemeral", {"channel": "C1", "user": "U1", "text": "again"})


def test_a_response_url_that_expired_with_a_200_is_noticed(api: kit.SlackApi) -> None:
    api.prepared.append(httpx.Response(200, json={"ok": False, "error": "expired_url"}))
    CHANNEL.send(part("late"), take(kit.delivery(kit.command("hi"))).address, kit.given(api))
    assert [method for method, _ in api.sent] == ["chat.postEphemeral"]


LONG = "# Title\n\n" + "A sentence with <tags> & **bold** words 😀. " * 400 + "\n\n```python\nprint('<&>')\n```\n"
REPLIES = [
    LONG,
    "x" * 9000,
    "&" * 3000,
    "a < b",
    "[a link](https://example.com/?a=1&b=2)",
    "```\n" + "y = 1\n" * 2000 + "```",
]


@pytest.mark.parametrize("reply", REPLIES, ids=range(len(REPLIES)))
def test_any_reply_is_rendered_as_messages_within_what_slack_recommends(api: kit.SlackApi, reply: str) -> None:
    texts = CHANNEL.render(reply)
    for index, text in enumerate(texts):
        CHANNEL.send(part(text, index, len(texts)), {"channel": "C1"}, kit.given(api))
    assert len(api.sent) == len(texts) > 0
    assert all(len(text) <= 4000 for text in texts)


def failed_with(code: str, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, "error": code}, headers={k: str(v) for k, v in headers.items()})


FAILURES = {
    "no channel": (failed_with("channel_not_found"), (False, False)),
    "not in it": (failed_with("not_in_channel"), (False, False)),
    "archived": (failed_with("is_archived"), (False, False)),
    "revoked token": (failed_with("token_revoked"), (True, False)),
    "limited in a 200": (failed_with("ratelimited"), (True, False)),
    "their error": (failed_with("internal_error"), (True, True)),
    "their fatal error": (failed_with("fatal_error", 500), (True, True)),
    "not available": (failed_with("service_unavailable", 503), (True, False)),
    "gateway": (httpx.Response(502, text="<html>"), (True, True)),
    "busy": (httpx.Response(503, text="<html>"), (True, False)),
    "no answer in it": (httpx.Response(200, text="<html>"), (True, True)),
    "redirect": (httpx.Response(302, headers={"location": "https://evil.example"}), (False, False)),
    "broken connection": (httpx.ReadTimeout("no"), (True, True)),
}


@pytest.mark.parametrize(("answer", "means"), FAILURES.values(), ids=FAILURES.keys())
def test_a_refused_call_says_whether_it_may_be_sent_again(
    api: kit.SlackApi, answer: httpx.Response | Exception, means: tuple[bool, bool]
) -> None:
    api.prepared.append(answer)
    failed = failure(api, {"channel": "C1"})
    assert (failed.passing, failed.unclear) == means
    assert api.sent == []


def failure(api: kit.SlackApi, address: dict[str, str]) -> SendError:
    with pytest.raises(SendError) as failed:
        CHANNEL.send(part("a secret of the person"), address, kit.given(api))
    assert "secret" not in str(failed.value)
    assert kit.BOT_TOKEN not in str(failed.value)
    return failed.value


def test_too_many_messages_are_to_be_sent_after_the_time_that_slack_asks_for(api: kit.SlackApi) -> None:
    command = {"response_url": kit.RESPONSE_URL, "channel": "C1", "user": "U1"}
    for address in ({"channel": "C1"}, command):
        api.prepared.append(httpx.Response(429, headers={"Retry-After": "30"}))
        failed = failure(api, address)
        assert (failed.passing, failed.wait_s, failed.unclear) == (True, 30, False)


def test_an_answer_to_a_command_that_may_have_arrived_is_not_sent_in_another_way(api: kit.SlackApi) -> None:
    api.prepared.append(httpx.Response(500, text="no"))
    failed = failure(api, {"response_url": kit.RESPONSE_URL, "channel": "C1", "user": "U1"})
    assert failed.unclear
    assert len(api.calls) == 1


def test_an_error_that_is_none_of_slacks_words_is_not_told(api: kit.SlackApi) -> None:
    api.prepared.append(failed_with("you wrote: a secret of the person"))
    assert "slack: got 200, expected" in str(failure(api, {"channel": "C1"}))


def test_nothing_shows_that_a_reply_is_on_its_way(api: kit.SlackApi) -> None:
    CHANNEL.working({"channel": "C1"}, kit.given(api))
    assert api.calls == []


def test_the_manifest_names_both_addresses_and_all_that_the_channel_needs() -> None:
    made = manifest("https://chat.example/slack/", name="Helper", command="/helper")
    assert made["settings"]["event_subscriptions"] == {
        "request_url": "https://chat.example/slack/events",
        "bot_events": ["app_mention", "message.im"],
    }
    (command,) = made["features"]["slash_commands"]
    assert (command["command"], command["url"]) == ("/helper", "https://chat.example/slack/commands")
    assert set(made["oauth_config"]["scopes"]["bot"]) == {"app_mentions:read", "chat:write", "commands", "im:history"}
    assert made["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    assert made["display_information"]["name"] == made["features"]["bot_user"]["display_name"] == "Helper"
    json.dumps(made)
    below = {path for method, path in CHANNEL.routes if method == "POST"}
    assert {"/events", "/commands"} <= below


BAD_MANIFESTS: list[tuple[str, dict[str, str]]] = [
    ("url", {"url": "http://chat.example"}), ("name", {"name": ""}), ("name", {"name": "x" * 36}),
    ("command", {"command": "ask"}), ("command", {"command": "/"}), ("command", {"command": "/a b"}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "arguments"), BAD_MANIFESTS)
def test_a_manifest_that_slack_would_refuse_is_not_made(field: str, arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"^{field}: got"):
        manifest(**{"url": "https://chat.example/slack", **arguments})


def test_the_rules_cover_the_ladder_and_both_sides_of_the_clock() -> None:
    assert RULES.ack_budget_s == 3
    assert RULES.dedup_ttl_s >= max(375, 600)
    assert not RULES.resend_unclear
