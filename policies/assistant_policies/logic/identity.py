"""Where identity policies stand: in policies of their own, and inline in roles."""

from collections.abc import Iterator
from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.statements import Statement, statements

POLICY, ROLE_POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/role:Role"
IDENTITY_TYPES = (POLICY, ROLE_POLICY, ROLE)


def each_document(resource: Resource) -> Iterator[tuple[str, list[Statement] | str]]:
    """Each identity policy of a resource: the property it stands in, and its statements, or why they cannot be read."""
    if resource.type in (POLICY, ROLE_POLICY):
        yield "policy", _read(resource.read("policy"))
        return
    inline = resource.read("inlinePolicies")
    if inline is ABSENT:
        return
    if not isinstance(inline, list):
        yield "inlinePolicies", _read(UNKNOWN) if inline is UNKNOWN else "is no list"
        return
    for index, one in enumerate(inline):
        if one != {}:  # an empty entry removes all inline policies
            yield f"inlinePolicies[{index}].policy", _read(resource.read("inlinePolicies", index, "policy"))


def _read(value: Any) -> list[Statement] | str:
    if value is UNKNOWN:
        return "is not known yet"
    if value is ABSENT:
        return "is absent"
    try:
        return statements(value)
    except ValueError as error:
        return f"is no policy document ({error})"
