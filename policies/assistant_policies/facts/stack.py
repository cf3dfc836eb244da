"""All resources of a run and the references between them: which are certain, and which are only possible."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, document, has_unknown, texts


@dataclass(frozen=True)
class Links:
    """Resources at the other end of a reference: those that are there for certain, and those that may be."""

    certain: tuple[Resource, ...] = ()
    possible: tuple[Resource, ...] = ()
    elsewhere: bool = False
    """True when it may as well be something that this stack does not show."""

    @property
    def undecided(self) -> bool:
        """True when the other end is not certain, and may be there."""
        return not self.certain and (bool(self.possible) or self.elsewhere)


class Stack:
    """All resources of a run."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = {resource.urn: resource for resource in resources}
        self._by_type: defaultdict[str, list[Resource]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources.values():
            self._by_type[resource.type].append(resource)
            for name in resource.names:
                self._by_name[name].append(resource)
        self._links: dict[tuple[str, str, tuple[str, ...]], Links] = {}
        self._pointing: dict[tuple[str, str, str], dict[str, tuple[list[Resource], list[Resource]]]] = {}

    def of(self, *types: str) -> list[Resource]:
        """Resources of the given types, type by type, in the order of registration."""
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    def targets(self, source: Resource, via: str, *types: str) -> Links:
        """What `source.<via>` refers to.

        A known value that names resources of the stack, plain or inside a document, decides by itself. Else one
        dependency of an expected type is certain, and several are possible. A value that is not known, without a
        dependency of an expected type, may be any resource of these types or something else; so may a known text that
        could still become the name of a resource that is not made yet.
        """
        key = (source.urn, via, types)
        if key not in self._links:
            self._links[key] = self._find(source, via, types)
        return self._links[key]

    def pointing_at(self, target: Resource, type: str, via: str) -> Links:
        """Resources of `type` whose property `via` refers to `target`."""
        certain, possible = self._sources(type, via, target.type).get(target.urn, ([], []))
        return Links(tuple(certain), tuple(possible))

    def _find(self, source: Resource, via: str, types: tuple[str, ...]) -> Links:
        value = source.made(via)
        if value is ABSENT:
            return Links()
        named = dict.fromkeys(
            resource for text in _mentioned(value) for resource in self._by_name.get(text, ()) if resource.type in types
        )
        if named:
            rest = [resource for resource in self.of(*types) if resource not in named] if has_unknown(value) else []
            return Links(certain=tuple(named), possible=tuple(rest))
        found = [self.resources[urn] for urn in source.edges.get(via, ()) if urn in self.resources]
        expected = tuple(resource for resource in found if resource.type in types)
        if len(expected) == 1:
            return Links(certain=expected)
        if expected:
            return Links(possible=expected)
        inside = self._inside([resource for resource in found if _is_component(resource)], types)
        if inside:
            return Links(possible=tuple(inside), elsewhere=True)
        if has_unknown(value):
            return Links(possible=tuple(self.of(*types)), elsewhere=True)
        if found:
            return Links()
        return Links(possible=tuple(resource for resource in self.of(*types) if not resource.has_all_names))

    def _sources(self, type: str, via: str, target: str) -> dict[str, tuple[list[Resource], list[Resource]]]:
        """By URN of the target: who refers to it for certain, and who may."""
        key = (type, via, target)
        if key not in self._pointing:
            pointing: dict[str, tuple[list[Resource], list[Resource]]] = defaultdict(lambda: ([], []))
            for source in self.of(type):
                links = self.targets(source, via, target)
                for resource in links.certain:
                    pointing[resource.urn][0].append(source)
                for resource in links.possible:
                    pointing[resource.urn][1].append(source)
            self._pointing[key] = dict(pointing)
        return self._pointing[key]

    def _inside(self, components: list[Resource], types: tuple[str, ...]) -> list[Resource]:
        roots = {component.urn for component in components}
        return [resource for resource in self.of(*types) if roots & set(self._above(resource))]

    def _above(self, resource: Resource) -> list[str]:
        chain: list[str] = []
        while resource.parent and resource.parent not in chain:
            chain.append(resource.parent)
            if resource.parent not in self.resources:
                break
            resource = self.resources[resource.parent]
        return chain


def _is_component(resource: Resource) -> bool:
    """True for a component: its type is ours or a package's, and it has nothing that a provider would have made."""
    return not resource.type.startswith(("aws:", "pulumi:")) and "id" not in resource.outputs


def _mentioned(value: object) -> Iterable[str]:
    """The texts by which a value may name resources: itself, and what stands inside when it is a document."""
    yield from texts(value)
    if isinstance(value, str) and value.startswith("{"):
        try:
            yield from texts(document(value))
        except ValueError:
            return
