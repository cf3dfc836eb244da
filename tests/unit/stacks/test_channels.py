"""Channels in the settings, the component and the application: the same secrets, options, routes and words."""

import json
from importlib import import_module

import pytest

from assistant.channels import load
from assistant.channels.installations import read as read_installations
from assistant_components.channel.installation import InstallationSpec, installations
from assistant_components.channel.kinds import KINDS
from stacks.compose import compose
from stacks.settings.channels import Channels
from stacks.settings.group import SecretReference
from tests.kit.settings import CHANNELS, settings


@pytest.mark.parametrize("name", sorted(CHANNELS))
def test_settings_component_and_application_mean_the_same_secrets_and_options(name: str) -> None:
    rules, kind = load(name).rules, KINDS[name]
    said = {
        field: info.annotation in (SecretReference, SecretReference | None)
        for field, info in Channels.model_fields[name].annotation.__args__[0].model_fields.items()  # type: ignore[union-attr]
    }
    secrets = {field for field, is_secret in said.items() if is_secret}
    assert set(kind.secrets) == {*rules.secrets, *rules.optional_secrets}
    assert secrets == set(kind.secrets) - {"token_key"}  # which the web channel makes by itself
    assert set(rules.secrets) == set(kind.secrets) - set(kind.optional)
    assert set(kind.options) == set(rules.options)
    assert set(kind.optional_options) - {"api_url"} == set(rules.optional_options)
    assert set(said) - secrets <= {*kind.options, *kind.optional_options}
    assert set(kind.options) <= set(said)


@pytest.mark.parametrize("name", sorted(CHANNELS))
def test_the_application_answers_on_every_route_that_is_deployed(name: str) -> None:
    extra = getattr(import_module(f"assistant.channels.{name}"), "EXTRA_ROUTES", ())
    answered = {*load(name).routes, *((method, below) for method, below, _ in extra)}
    assert set(KINDS[name].routes) <= answered
    assert answered - set(KINDS[name].routes) <= {
        ("GET", "/"),
        ("GET", "/events"),
    }  # the page, and one process's stream


@pytest.mark.parametrize("name", sorted(CHANNELS))
def test_the_application_reads_what_the_component_tells_it_about_its_channels(name: str) -> None:
    told_to = compose(
        settings({"channels": {name: CHANNELS[name]}}), project="assistant", secret_arn="arn of {}".format
    ).get("channels", [])
    specs = [
        InstallationSpec.model_validate({field: value for field, value in one.items() if field != "secret_arns"})
        for one in told_to
    ]
    told = json.dumps([one.told() for one in installations(specs, told_to)])
    [read] = read_installations(told, "default")
    assert (read.channel, read.path) == (name, f"/{name}")
