"""Serves the components to Pulumi programs in every language."""

from importlib.metadata import version

import pulumi
from pulumi.provider.experimental import component_provider_host

import assistant_components

NAME = "assistant-components"
NAMESPACE = "assistant-components"


def components() -> list[type[pulumi.ComponentResource]]:
    """Every component that the library exports."""
    exported = (getattr(assistant_components, name) for name in assistant_components.__all__)
    return [one for one in exported if isinstance(one, type) and issubclass(one, pulumi.ComponentResource)]


if __name__ == "__main__":
    component_provider_host(components(), NAME, namespace=NAMESPACE, version=version(NAME))
