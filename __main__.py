"""The Pulumi program: load the settings, compose the assistant from components, export where it is."""

import pulumi

from stacks.settings.load import load

settings = load()  # before the components are imported, so that a mistake is told at once

from stacks.compose import register  # noqa: E402

for name, value in register(settings).items():
    pulumi.export(name, value)
