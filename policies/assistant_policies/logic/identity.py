"""Where identity policies stand: in policies of their own, and inline in roles."""

from collections.abc import Iterator
from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.statements import document

POLICY, ROLE_POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/role:Role"
IDENTITY_TYPES = (POLICY, ROLE_POLICY, ROLE)


def each_document(resource: Resource) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each identity policy of a resource with the property it stands in; None for one that is not known yet."""
    if resource.type in (POLICY, ROLE_POLICY):
        yield from _one("policy", resource.read("policy"))
        return
    inline = resource.read("inlinePolicies")
    if inline is UNKNOWN:
        yield "inlinePolicies", None
    elif isinstance(inline, list):
        for index in range(len(inline)):
            yield from _one(f"inlinePolicies[{index}].policy", resource.read("inlinePolicies", index, "policy"))


def _one(place: str, value: Any) -> Iterator[tuple[str, dict[str, Any] | None]]:
    if value is ABSENT:
        return
    if value is UNKNOWN:
        yield place, None
        return
    try:
        yield place, document(value)
    except ValueError:
        yield place, None  # what is no document allows nothing, but nothing is proved by it either
