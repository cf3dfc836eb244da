"""The generic webhook channel: what it sends, and where it does not."""

import ipaddress
import socket
from typing import Any

import httpx
import pytest

from assistant.channels.contract import Part, SendError
from assistant.channels.webhook import CHANNEL, RULES, target
from tests.kit.providers import webhook as kit

PUBLIC = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
ADDRESS = {"message": "msg_1", "conversation": "c1", "user": "ann"}
PART = Part("**hello** 你好", 1, 3, "f" * 32)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> kit.Receiver:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: PUBLIC)
    return kit.Receiver()


def failed(receiver: kit.Receiver, **options: str) -> SendError:
    with pytest.raises(SendError) as caught:
        CHANNEL.send(PART, ADDRESS, kit.given(receiver, **{"reply_url": receiver.url, **options}))
    return caught.value


def test_a_reply_is_signed_the_same_way_and_counts_once_when_it_is_sent_again(receiver: kit.Receiver) -> None:
    given = kit.given(receiver, reply_url=receiver.url)
    for _ in range(2):
        CHANNEL.send(PART, ADDRESS, given)
    data = {
        "conversation": "c1", "in_reply_to": "msg_1", "user": "ann", "text": "**hello** 你好", "part": 2, "parts": 3,
    }  # fmt: skip
    expected = {"type": "assistant.reply", "timestamp": "2023-11-14T22:13:20.000Z", "data": data}
    assert receiver.replies == {"f" * 32: expected}
    assert RULES.resend_unclear


@pytest.mark.parametrize("secret", [kit.SECRET, kit.OTHER_SECRET])
def test_while_a_secret_is_replaced_replies_carry_the_signatures_of_both(receiver: kit.Receiver, secret: str) -> None:
    receiver.secret = secret
    given = kit.given(receiver, secret=f"{kit.OTHER_SECRET} {kit.SECRET}", reply_url=receiver.url)
    CHANNEL.send(PART, ADDRESS, given)
    assert len(receiver.replies) == 1


ANSWERS = {
    "gone": (httpx.Response(410), False, 0.0),
    "slow down": (httpx.Response(429, headers={"retry-after": "30"}), True, 30.0),
    "unavailable": (httpx.Response(502), True, 0.0),
    "not found": (httpx.Response(404), True, 0.0),
    "moved": (httpx.Response(302, headers={"location": "http://169.254.169.254/"}), True, 0.0),
}


@pytest.mark.parametrize(("answer", "passing", "wait_s"), ANSWERS.values(), ids=ANSWERS)
def test_everything_but_gone_is_tried_again(
    answer: httpx.Response, passing: bool, wait_s: float, receiver: kit.Receiver
) -> None:
    receiver.prepared.append(answer)
    error = failed(receiver)
    assert (error.passing, error.wait_s, receiver.calls) == (passing, wait_s, 1)


def test_without_an_address_nothing_can_be_sent(receiver: kit.Receiver) -> None:
    error = failed(receiver, reply_url="")
    assert str(error).startswith("reply_url: got nothing")
    assert not error.passing
    assert not error.unclear


PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip


@pytest.mark.parametrize("private", PRIVATE)
def test_a_host_with_one_address_in_a_private_network_is_never_called(
    private: str, receiver: kit.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [*PUBLIC, (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (private, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    error = failed(receiver)
    assert "private" in str(error)
    assert not error.passing
    assert receiver.calls == 0


@pytest.mark.parametrize("public", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_public_internet_are_called(public: str) -> None:
    assert target.is_public(ipaddress.ip_address(public))


ODD = [
    "http://receiver.example/", "ftp://receiver.example/", "//receiver.example/", "https:///replies", "https://",
    "https://user@receiver.example/", "https://a.example\\@receiver.example/", "https://receiver.example:99999/",
    "https://receiver.example/\r\nx", "https://rec eiver.example/", "https://[::1", "https://r\u00e9ceiver.example/",
]  # fmt: skip


@pytest.mark.parametrize("url", ODD)
def test_an_address_that_could_be_read_in_two_ways_is_not_called(url: str, receiver: kit.Receiver) -> None:
    assert not failed(receiver, reply_url=url).passing
    assert receiver.calls == 0


def test_numbers_that_stand_for_this_machine_are_seen_through() -> None:
    for host in ("localhost", "127.1", "2130706433", "0x7f.1"):
        with pytest.raises(SendError, match="private"):
            target.check(f"https://{host}/", allow_private=False)


def test_private_addresses_and_plain_http_can_be_allowed(receiver: kit.Receiver) -> None:
    receiver.url = "http://127.0.0.1:8080/replies"
    CHANNEL.send(PART, ADDRESS, kit.given(receiver, reply_url=receiver.url, allow_private="true"))
    assert receiver.calls == 1
    for no in ("yes", "True", "false"):
        assert "https" in str(failed(receiver, allow_private=no))
    assert receiver.calls == 1


def test_a_host_that_is_not_known_may_come_back(receiver: kit.Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failed(receiver)
    assert error.passing
    assert not error.unclear


def test_a_reply_is_rendered_as_the_markdown_that_it_is() -> None:
    assert list(CHANNEL.render("**bold** and `code`")) == ["**bold** and `code`"]


def test_nothing_is_shown_while_a_reply_is_made(receiver: kit.Receiver) -> None:
    CHANNEL.working(ADDRESS, kit.given(receiver, reply_url=receiver.url))
    assert receiver.calls == 0
