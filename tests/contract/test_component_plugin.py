"""Through the plugin, with camelCase inputs and numbers as they cross the wire, the same is made as in Python."""

import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

import assistant_components as ac
from tests.kit.catalogue import LEAST, MOST, NAME, camel, making
from tests.kit.recording import record

PLUGIN = runpy.run_path(str(Path(__file__).resolve().parents[2] / "components" / "__main__.py"))
ALL = [
    pytest.param(kind, args, id=f"{kind}-{how}")
    for how, table in (("least", LEAST), ("most", MOST))
    for kind, args in table.items()
]


@pytest.fixture(scope="module")
def provider() -> ComponentProvider:
    """As `__main__.py` serves it."""
    return ComponentProvider(PLUGIN["components"](), PLUGIN["NAME"], PLUGIN["NAMESPACE"], "0.0.0")


def constructing(provider: ComponentProvider, kind: str, args: dict[str, Any]) -> Any:
    """A program that makes a component as the engine asks the plugin to."""
    return lambda: provider.construct(NAME, f"assistant-components:index:{kind}", camel(args), pulumi.ResourceOptions())


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize(("kind", "args"), ALL)
def test_the_plugin_makes_the_same_graph_as_python(
    provider: ComponentProvider, kind: str, args: dict[str, Any], preview: bool
) -> None:
    through_plugin = record(constructing(provider, kind, args), preview=preview)
    in_python = record(making(kind, args), preview=preview)
    assert through_plugin.shape() == in_python.shape()


def test_the_plugin_tells_faults_in_the_same_words(provider: ComponentProvider) -> None:
    args = {**LEAST["ServerlessAssistant"], "retention": {"log_days": 31}}
    with pytest.raises(ComponentInitError) as caught:
        constructing(provider, "ServerlessAssistant", args)()
    expected = "retention.log_days: got 31, expected a retention of CloudWatch Logs, such as 30 or 60"
    assert str(caught.value.inner) == f"ServerlessAssistant 'chat': {expected}"
    assert isinstance(caught.value.inner, ac.InputError)


def test_the_plugin_serves_every_component_and_nothing_else() -> None:
    assert {component.__name__ for component in PLUGIN["components"]()} == set(LEAST)
