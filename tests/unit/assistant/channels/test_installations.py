"""ASSISTANT_CHANNELS: which channels there are and for whom; every mistake is told at once, one line each."""

import json
from typing import Any

import pytest

from assistant.channels import NAMES, installations, load
from assistant.config import ConfigError

TELEGRAM: dict[str, Any] = {
    "channel": "telegram",
    "secrets": {"bot_token": "ssm:/bot", "secret_token": "file:/run/secret"},
}


def read(*entries: Any, tenant: str = "default") -> Any:
    return installations.read(json.dumps(entries), tenant)


def test_names_with_commas_are_installations_of_the_deployments_tenant() -> None:
    (web,) = installations.read("web", "acme")
    assert (web.channel, web.tenant, web.name, web.path) == ("web", "acme", "main", "/web")


def test_each_tenant_has_an_installation_of_its_own_with_a_path_of_its_own() -> None:
    ours, theirs = read(TELEGRAM, {**TELEGRAM, "tenant": "acme", "name": "acme"})
    assert (ours.tenant, ours.path) == ("default", "/telegram")
    assert (theirs.tenant, theirs.path) == ("acme", "/telegram/acme")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"channel": "fax"}, "[0].channel: got 'fax', expected one of web"),
        ({"secrets": {}}, "[0]: got no channel"),
        ({"channel": "telegram", "secrets": {}}, "[0].secrets.bot_token: got nothing"),
        (
            {**TELEGRAM, "secrets": {**TELEGRAM["secrets"], "bot_token": "123:abc"}},
            "secrets.bot_token: got 7 characters",
        ),
        (
            {**TELEGRAM, "secrets": {**TELEGRAM["secrets"], "pin": "ssm:/pin"}},
            "secrets.pin: got a secret that telegram",
        ),
        ({**TELEGRAM, "options": {"colour": "red"}}, "[0].options.colour: got an option that telegram does not have"),
        ({**TELEGRAM, "colour": "red"}, "[0].colour: got a field that is not known"),
        ({**TELEGRAM, "tenant": "a b"}, "[0].tenant: got something else"),
        ({**TELEGRAM, "name": "events"}, "[0].name: got 'events'"),
        ({**TELEGRAM, "name": "A"}, "[0].name: got 'A'"),
        ({**TELEGRAM, "secrets": ["bot_token"]}, "[0].secrets: got something else"),
    ],
)
def test_a_mistake_is_told_with_its_place(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(entry)
    assert told in str(caught.value)


def test_a_secret_written_instead_of_a_reference_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        read({**TELEGRAM, "secrets": {"bot_token": "123:very-secret", "secret_token": "ssm:/x"}})
    assert "very-secret" not in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        read({"channel": "fax"}, {"channel": "telegram"}, TELEGRAM, TELEGRAM)
    assert str(caught.value).count("got") == 4


@pytest.mark.parametrize("text", ["", " , ", "[]", "[not json"])
def test_no_channel_at_all_is_a_mistake(text: str) -> None:
    with pytest.raises(ConfigError, match="ASSISTANT_CHANNELS: got"):
        installations.read(text, "default")


@pytest.mark.parametrize("name", NAMES)
def test_every_channel_has_its_row_of_data(name: str) -> None:
    channel = load(name)
    rules = channel.rules
    assert rules.name == name
    assert rules.ack_budget_s > 0
    # A message that comes again for the last time must still be known, whatever its time stamp says by then.
    assert rules.dedup_ttl_s >= sum(rules.retry_ladder_s)
    if rules.past_s is not None:
        assert rules.dedup_ttl_s >= rules.past_s + rules.future_s
    assert rules.reply_limit > 0
    assert rules.replies_per_s > 0
    assert channel.routes
