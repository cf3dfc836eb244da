"""What every component does: its type token, its children's names and options, its tags, its outputs."""

import inspect
from collections.abc import Mapping
from typing import Any

import pulumi

from assistant_components.validation import Spec, to_camel

PACKAGE = "assistant-components"
COMPONENT_TAG = "Component"

Tags = Mapping[str, pulumi.Input[str]]


class AssistantComponent(pulumi.ComponentResource):
    """The base of the components; never exported, and without public annotations, because those would be outputs."""

    def __init_subclass__(cls) -> None:
        cls.__doc__ = inspect.cleandoc(cls.__doc__ or "")

    def __init__(self, name: str, spec: Spec, opts: pulumi.ResourceOptions | None) -> None:
        # The component's own properties are its plain decisions: a preview then shows what was decided differently.
        shape = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
        super().__init__(f"{PACKAGE}:index:{type(self).__name__}", name, shape, opts)
        self._label = name

    def _child(self, suffix: str) -> str:
        return f"{self._label}-{suffix}"

    def _opts(self, **extra: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, **extra)

    def _lookup(self) -> pulumi.InvokeOutputOptions:
        # Without a parent a lookup would ask the default provider: another region, another account.
        return pulumi.InvokeOutputOptions(parent=self)

    def _tags(self, given: pulumi.Input[Tags] | None, **own: str) -> pulumi.Input[Tags]:
        """The caller's tags over ours, but for the one that says which component a resource belongs to."""
        identity = {COMPONENT_TAG: type(self).__name__}
        if given is None or isinstance(given, Mapping):
            return {**own, **(given or {}), **identity}
        return pulumi.Output.from_input(given).apply(lambda tags: {**own, **(tags or {}), **identity})

    def _finish(self) -> None:
        declared = [name for name in inspect.get_annotations(type(self)) if not name.startswith("_")]
        self.register_outputs({to_camel(name): getattr(self, name) for name in declared})
