"""The Discord channel: what it sends."""

import httpx
import pytest

from assistant.channels.contract import Incoming, Part, SendError
from assistant.channels.discord import CHANNEL, RULES
from tests.kit.providers import discord as kit
from tests.kit.providers.calling import Scripted

ORIGINAL, FOLLOW_UP = "/webhooks/app1/tok1/messages/@original", "/webhooks/app1/tok1"
CHANNEL_PATH = "/channels/c1/messages"
LATER = 1_700_000_900


@pytest.fixture
def api() -> kit.DiscordApi:
    return kit.DiscordApi()


@pytest.fixture
def given(api: kit.DiscordApi) -> Scripted:
    return kit.given(api)


def part(text: str = "hello", index: int = 0) -> Part:
    return Part(text, index, 3, f"{index:032x}")


@pytest.fixture
def address(given: Scripted) -> dict[str, str]:
    taken = CHANNEL.receive(kit.delivery(kit.command()), given)
    assert isinstance(taken, Incoming)
    return dict(taken.address)


def failed(given: Scripted, to: dict[str, str], index: int = 0) -> SendError:
    with pytest.raises(SendError) as caught:
        CHANNEL.send(part(index=index), to, given)
    return caught.value


def test_the_first_part_is_the_command_s_answer_and_the_others_follow_it(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    for index, text in enumerate(("one @everyone", "two", "three")):
        CHANNEL.send(part(text, index), address, given)
    fields = {"content": "one @everyone", "allowed_mentions": {"parse": []}, "flags": 4}
    assert api.calls[0] == ("PATCH", ORIGINAL, fields)
    assert [call[:2] for call in api.calls[1:]] == [("POST", FOLLOW_UP)] * 2
    assert (api.original, api.followed) == ("one @everyone", ["two", "three"])


@pytest.mark.parametrize("index", [0, 1])
def test_an_acknowledgement_that_is_not_known_yet_passes(
    index: int, api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    api.tokens.clear()
    error = failed(given, address, index)
    assert error.passing
    assert not error.unclear
    assert 0 < error.wait_s < 10
    api.tokens.add("tok1")
    CHANNEL.send(part(index=index), address, given)
    assert api.original == "hello" or api.followed == ["hello"]


def test_after_fifteen_minutes_the_bot_writes_into_the_channel(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    given.at = LATER
    CHANNEL.send(part("late"), address, given)
    assert [call[:2] for call in api.calls] == [("POST", CHANNEL_PATH)]
    assert api.calls[0][2] == {
        "content": "late", "allowed_mentions": {"parse": []}, "flags": 4, "nonce": "0" * 25, "enforce_nonce": True,
    }  # fmt: skip


def nonces(given: Scripted, address: dict[str, str], keys: list[str]) -> None:
    for index, key in enumerate(keys):
        CHANNEL.send(Part(str(index), index, len(keys), key), address, given)


def test_parts_of_the_channel_have_nonces_of_their_own(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    given.at = LATER
    nonces(given, address, ["a" * 32, "b" * 32])
    assert list(api.posted.values()) == ["0", "1"]


def test_a_token_that_is_gone_early_is_replaced_by_the_bot(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    api.tokens.clear()
    given.at += 61
    CHANNEL.send(part(), address, given)
    assert list(api.posted.values()) == ["hello"]
    given.at -= 61
    api.prepared.append(kit.refusal(401, 50027, "Invalid Webhook Token"))
    CHANNEL.send(Part("two", 1, 2, "f" * 32), address, given)
    assert list(api.posted.values()) == ["hello", "two"]


def test_without_a_bot_a_reply_that_is_too_late_fails_for_good(api: kit.DiscordApi, address: dict[str, str]) -> None:
    given = kit.given(api, bot=False)
    given.at = LATER
    error = failed(given, address)
    assert not error.passing
    assert not error.unclear
    assert "bot_token" in str(error)
    given.at = LATER - 60
    api.tokens.clear()
    assert not failed(given, address).passing
    assert api.posted == {}


def test_an_answer_that_is_lost_is_asked_for_again_where_that_shows_nothing_twice(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    api.lost.append(True)
    CHANNEL.send(part("one"), address, given)
    assert (api.original, len(api.calls)) == ("one", 2)
    given.at = LATER
    api.lost.append(True)
    CHANNEL.send(part("late"), address, given)
    assert list(api.posted.values()) == ["late"]
    assert len(api.calls) == 4


def test_a_call_that_was_slow_is_not_made_again(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(1_700_000_000 + 3 * step for step in range(10))
    monkeypatch.setattr(given, "now", lambda: next(times))
    api.lost.append(True)
    assert failed(given, address).unclear
    assert len(api.calls) == 1


def test_a_follow_up_whose_answer_is_lost_is_not_sent_again(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    assert not RULES.resend_unclear
    api.lost.append(True)
    assert failed(given, address, 1).unclear
    assert api.followed == ["hello"]
    api.prepared.append(httpx.Response(502))
    assert failed(given, address, 1).unclear


def test_what_stays_without_an_answer_is_unclear(api: kit.DiscordApi, given: Scripted, address: dict[str, str]) -> None:
    api.lost.extend((True, True))
    assert failed(given, address).unclear
    api.prepared.extend(httpx.Response(504) for _ in range(2))
    error = failed(given, address)
    assert error.unclear
    assert error.passing, "so that the parts after it are still sent"


ANSWERS = {
    "limited": (kit.refusal(429, 0, retry_after=1.5), True, 1.5),
    "limited by a header": (httpx.Response(429, headers={"retry-after": "7"}), True, 7.0),
    "limited without a time": (httpx.Response(429, text="error code: 1015"), True, 1.0),
    "unavailable": (httpx.Response(503), True, 0.0),
    "not taken": (kit.refusal(400, 50035, "Invalid Form Body"), False, 0.0),
    "forbidden": (kit.refusal(403, 50001, "Missing Access"), False, 0.0),
}


@pytest.mark.parametrize(("answer", "passing", "wait_s"), ANSWERS.values(), ids=ANSWERS)
def test_what_discord_answers_decides_whether_it_is_tried_again(
    answer: httpx.Response, passing: bool, wait_s: float, api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    for at in (1_700_000_000, LATER):
        given.at = at
        api.prepared.append(answer)
        error = failed(given, address)
        assert (error.passing, error.wait_s, error.unclear) == (passing, wait_s, False)
        assert "tok1" not in str(error)
        assert "hello" not in str(error)


def test_a_bot_token_that_is_refused_may_be_a_new_one_next_time(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    given.at = LATER
    api.bot_token = "rotated"
    assert failed(given, address).passing
    assert kit.BOT_TOKEN not in str(failed(given, address))


def test_a_token_from_elsewhere_stays_one_part_of_the_path(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    given.at += 61
    kit_path = "/webhooks/app1/..%2F..%2Fchannels/messages/@original"
    api.prepared.append(httpx.Response(400))
    with pytest.raises(SendError):
        CHANNEL.send(part(), {**address, "token": "../../channels"}, given)
    assert api.calls[0][1] == kit_path


@pytest.mark.parametrize("reply", ["界" * 9000, "😀" * 3000, "word " * 3000, "```python\n" + "x = 1\n" * 900 + "```"])
def test_every_part_of_a_long_reply_is_within_what_discord_takes(
    reply: str, api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    parts = CHANNEL.render(reply)
    for index, text in enumerate(parts):
        CHANNEL.send(part(text, index), address, given)
    assert len(api.followed) == len(parts) - 1 > 0
    assert all(len(text.encode("utf-16-le")) <= 2 * 2000 for text in parts)


def test_nothing_more_is_shown_while_a_reply_is_made(
    api: kit.DiscordApi, given: Scripted, address: dict[str, str]
) -> None:
    CHANNEL.working(address, given)
    assert api.calls == []
