"""Channels in the settings, the component and the application: the same secrets, options, routes and words."""

import json
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest

from assistant import channels, wiring
from assistant.channels.contract import Installation, Rules
from assistant.channels.installations import read as read_installations
from assistant_components.channel.installation import InstallationSpec, installations
from assistant_components.channel.kinds import API_URL, KINDS, Kind
from assistant_components.topologies.serverless_parts import HEALTH_ROUTES
from stacks.compose import compose
from stacks.settings.channels import Channels
from stacks.settings.group import Group, SecretReference
from tests.kit.settings import CHANNELS, settings

NAMES = sorted(KINDS)
QUIET = {"web", "webhook"}  # no provider, so no address of its API


def rules(name: str) -> Rules:
    """The application's row of data."""
    return channels.load(name).rules


def fields(name: str) -> dict[str, tuple[bool, bool]]:
    """Setting -> (whether it is a secret, whether it is required)."""
    [group, _] = get_args(Channels.model_fields[name].annotation)
    told = cast("type[Group]", group).model_fields
    secret: tuple[Any, ...] = (SecretReference, SecretReference | None)
    return {field: (info.annotation in secret, info.is_required()) for field, info in told.items()}


def deployed(name: str, given: dict[str, Any] | None = None) -> tuple[Any, Installation]:
    """One installation by way of the settings: as the component has it, and as the application reads it."""
    read = settings({"channels": given or {name: CHANNELS[name]}})
    args = compose(read, project="assistant", secret_arn="arn of {}".format).get("channels", [])
    specs = [
        InstallationSpec.model_validate({field: value for field, value in one.items() if field != "secret_arns"})
        for one in args
    ]
    [made] = installations(specs, args)
    [known] = read_installations(json.dumps([made.told()]), "default")
    return made, known


def test_all_three_know_the_same_channels() -> None:
    assert set(KINDS) == set(channels.NAMES) == set(Channels.model_fields) - {"installations"}


@pytest.mark.parametrize("name", NAMES)
def test_settings_and_component_have_the_applications_secrets_and_their_use(name: str) -> None:
    kind, app = KINDS[name], rules(name)
    assert set(kind.secrets) == {*app.secrets, *app.optional_secrets}
    assert set(kind.optional) == set(app.optional_secrets)
    assert set(kind.receiving) == set(app.receiving)
    assert {field: needed for field, (secret, needed) in fields(name).items() if secret} == {
        **dict.fromkeys(app.secrets, True), **dict.fromkeys(app.optional_secrets, False),
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_settings_and_component_have_the_applications_options(name: str) -> None:
    kind, app = KINDS[name], rules(name)
    optional = {*app.optional_options, *(() if name in QUIET else (API_URL,))}
    assert set(kind.options) == set(app.options)
    assert set(kind.optional_options) == optional
    # Who may write is the settings' own question, because the application's answer is everybody.
    needed = {*app.options, *({"access"} if name == "web" else ())}
    assert {field: needed for field, (secret, needed) in fields(name).items() if not secret} == {
        **dict.fromkeys(optional, False), **dict.fromkeys(needed, True),
    }  # fmt: skip


def answered(installation: Installation) -> set[str]:
    """What functions with this installation answer, as an API calls it."""
    services: Any = SimpleNamespace(installations=[installation], given=lambda one: None)
    return {f"{method} {path}" for method, path in wiring.routes(services)}


@pytest.mark.parametrize("shop", [False, True], ids=["main", "named"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_deployed_is_what_the_application_answers(name: str, shop: bool) -> None:
    given = {"installations": [{"channel": name, "name": "shop", **CHANNELS[name]}]} if shop else None
    made, known = deployed(name, given)
    page = {"GET /web/shop/"} if shop and name == "web" else set[str]()  # in one process only
    assert {*HEALTH_ROUTES, *made.routes} == answered(known) - page


@pytest.mark.parametrize("name", NAMES)
def test_messages_come_in_where_people_are_told(name: str) -> None:
    made, _ = deployed(name)
    assert f"POST /{name}{made.kind.messages}" in made.routes


@pytest.mark.parametrize("name", [*NAMES, "webhook with replies"])
def test_replies_are_sent_where_the_application_sends_them(name: str) -> None:
    name, _, replies = name.partition(" ")
    also = {"reply_url": "https://hooks.example.com/replies"} if replies else {}
    made, known = deployed(name, {name: {**CHANNELS[name], **also}})
    assert made.pushes == channels.pushes(known)


@pytest.mark.parametrize("name", NAMES)
def test_the_application_reads_what_the_component_tells_it_about_its_channels(name: str) -> None:
    _, known = deployed(name)
    assert (known.channel, known.path) == (name, f"/{name}")


def test_switches_and_lists_are_told_as_the_channels_read_them() -> None:
    webhook = {**CHANNELS["webhook"], "reply_url": "http://10.0.0.1/in", "allow_private": True}
    assert deployed("webhook", {"webhook": webhook})[1].options["allow_private"] == "true"
    assert "allow_private" not in deployed("webhook")[1].options
    web = {"access": "anonymous", "origins": ["https://a.example", "https://b.example"]}
    assert deployed("web", {"web": web})[1].options["origins"] == "https://a.example,https://b.example"


def used(kind: Kind) -> set[str]:
    """Secrets that some function reads."""
    return {*kind.receiving, *kind.sending, *kind.showing}


@pytest.mark.parametrize("name", NAMES)
def test_every_secret_is_read_by_some_function(name: str) -> None:
    assert used(KINDS[name]) == set(KINDS[name].secrets)
