"""Telegram is told where a bot's messages go."""

import httpx
import pytest

from assistant.channels.telegram import registration
from tests.kit.providers import telegram as kit


@pytest.fixture
def api() -> kit.TelegramApi:
    return kit.TelegramApi()


def test_registration_sets_the_address_with_the_secret_token_and_keeps_waiting_messages(api: kit.TelegramApi) -> None:
    registration.set_webhook(kit.given(api), "https://chat.example/telegram")
    assert api.webhook == {
        "url": "https://chat.example/telegram",
        "secret_token": kit.SECRET_TOKEN,
        "allowed_updates": ["message"],
        "max_connections": 40,
        "drop_pending_updates": False,
    }


@pytest.mark.parametrize("token", ["a", "A_b-9", "a" * 256])
def test_registration_takes_secret_tokens_that_telegram_takes(api: kit.TelegramApi, token: str) -> None:
    given = kit.given(api)
    given.secrets["secret_token"] = token
    registration.set_webhook(given, "https://chat.example/telegram")
    assert api.webhook["secret_token"] == token


@pytest.mark.parametrize("token", ["a b", "a.b", "a+b=", "a" * 257, "a\n", "é"])
def test_registration_refuses_secret_tokens_that_telegram_refuses(api: kit.TelegramApi, token: str) -> None:
    given = kit.given(api)
    given.secrets["secret_token"] = token
    with pytest.raises(registration.RegistrationError, match="secret_token"):
        registration.set_webhook(given, "https://chat.example/telegram")
    assert api.calls == []


BAD_URLS = ["http://chat.example/t", "https://", "https://chat.example:8080/t", "https://[::1", "chat.example", ""]


@pytest.mark.parametrize("url", BAD_URLS)
def test_registration_refuses_addresses_that_telegram_does_not_call(api: kit.TelegramApi, url: str) -> None:
    with pytest.raises(registration.RegistrationError, match="url"):
        registration.set_webhook(kit.given(api), url)
    assert api.calls == []


def test_registration_refuses_a_number_of_connections_that_telegram_refuses(api: kit.TelegramApi) -> None:
    for connections in (0, 101):
        with pytest.raises(registration.RegistrationError, match="connections"):
            registration.set_webhook(kit.given(api), "https://chat.example/t", connections)


def test_registration_says_why_it_failed(api: kit.TelegramApi) -> None:
    api.prepared.append(kit.refusal(400, "Bad Request: bad webhook: failed to resolve host"))
    with pytest.raises(registration.RegistrationError, match="failed to resolve host"):
        registration.set_webhook(kit.given(api), "https://chat.example/t")
    api.prepared.append(httpx.ConnectError("no"))
    with pytest.raises(registration.RegistrationError, match="getWebhookInfo"):
        registration.check(kit.given(api))


def test_the_check_is_one_line_about_the_address_and_the_last_failure(api: kit.TelegramApi) -> None:
    assert "no address is set" in registration.check(kit.given(api))
    registration.set_webhook(kit.given(api), "https://chat.example/telegram")
    assert registration.check(kit.given(api)) == "telegram: set to https://chat.example/telegram, 0 waiting, no failure"
    api.webhook["told"] = {
        "pending_update_count": 3,
        "last_error_date": 1_700_000_000,
        "last_error_message": "Wrong response from the webhook:\n401 Unauthorized",
    }
    assert registration.check(kit.given(api)) == (
        "telegram: set to https://chat.example/telegram, 3 waiting, "
        "last failure 2023-11-14T22:13:20Z: Wrong response from the webhook: 401 Unauthorized"
    )
