"""The Discord channel: how an application is registered."""

import httpx
import pytest

from assistant.channels.discord import registration
from tests.kit.providers import discord as kit
from tests.kit.providers.calling import Scripted

URL = "https://chat.example/discord"


@pytest.fixture
def api() -> kit.DiscordApi:
    return kit.DiscordApi()


@pytest.fixture
def given(api: kit.DiscordApi) -> Scripted:
    return kit.given(api)


def test_registering_sets_the_address_and_makes_the_command_and_may_be_done_again(
    api: kit.DiscordApi, given: Scripted
) -> None:
    assert registration.check(given) == "discord: no address is set, commands are not delivered"
    for _ in range(2):
        registration.register(given, URL)
    assert registration.check(given) == f"discord: set to {URL}"
    assert list(api.commands) == ["ask"]
    assert api.commands["ask"]["options"][0]["type"] == 3


def test_registering_with_another_application_s_key_or_token_changes_nothing(
    api: kit.DiscordApi, given: Scripted
) -> None:
    with pytest.raises(registration.RegistrationError, match="public_key"):
        registration.register(kit.given(api, public_key="0" * 64), URL)
    with pytest.raises(registration.RegistrationError, match="application_id"):
        registration.register(kit.given(api, application_id="app2"), URL)
    with pytest.raises(registration.RegistrationError, match="https"):
        registration.register(given, "http://chat.example/discord")
    api.bot_token = "rotated"
    with pytest.raises(registration.RegistrationError, match="401") as caught:
        registration.register(given, URL)
    assert kit.BOT_TOKEN not in str(caught.value)
    assert api.application["interactions_endpoint_url"] is None
    assert api.commands == {}


def test_an_address_that_discord_cannot_verify_is_told_with_its_reason(api: kit.DiscordApi, given: Scripted) -> None:
    own = httpx.Response(200, json=api.application)
    api.prepared.extend((own, kit.refusal(400, 50035, "Invalid\nForm Body")))
    with pytest.raises(registration.RegistrationError, match=r"50035.*Invalid Form Body"):
        registration.register(given, URL)
    api.prepared.append(httpx.ConnectError("no"))
    with pytest.raises(registration.RegistrationError, match="ConnectError"):
        registration.check(given)
