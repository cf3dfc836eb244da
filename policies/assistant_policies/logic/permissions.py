"""Permissions to call a function: what narrows the caller to one source, account or organisation."""

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.kleene import Truth, some

PERMISSION = "aws:lambda/permission:Permission"
SOURCES = ("sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken")


def source_of(permission: Resource) -> Truth:
    """Whether something narrows the caller. An unknown value that comes out of a resource is there for sure."""
    return some(_narrows(permission, name) for name in SOURCES)


def _narrows(permission: Resource, name: str) -> Truth:
    value = permission.text(name)
    if value is UNKNOWN:
        return True if permission.edges.get(name) and permission.read(name) is UNKNOWN else None
    return value is not ABSENT and bool(value.strip("*:?"))
