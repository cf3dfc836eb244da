"""ASSIST-GOV-001."""

from collections.abc import Iterable
from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN, dig, document
from assistant_policies.logic.taggable import TAGGED
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-GOV-001",
    title="Every resource says whose it is and what it belongs to",
    types=["*"],
    severity=Severity.MEDIUM,
    gate="G1",
    scope=Scope.RESOURCE,
    why="cost, tenants and owners are read from tags",
    fix="tags on the component or default_tags on the provider: Project, Environment, Owner, CostCenter, DataClass",
    refs=["own"],
)
def tags_say_whose_it_is(resource: Resource, cx: Context) -> Iterable[Verdict]:
    tags = resource.read("tags")
    if tags is ABSENT and resource.type not in TAGGED:
        return
    default = _default(resource.provider.get("defaultTags"))
    own = {} if tags is ABSENT else tags
    merged = {**(default if isinstance(default, dict) else {}), **(own if isinstance(own, dict) else {})}
    whole = isinstance(own, dict) and isinstance(default, dict)
    missing = [name for name in cx.settings.required_tags if name not in merged]
    if missing:
        told = ", ".join(missing)
        yield fail(f"tags lack {told}") if whole else unknown(f"tags are not known yet, which may have {told}")
    environment = merged.get("Environment", cx.settings.environment)
    if not isinstance(environment, str) or (not whole and "Environment" in missing):
        yield unknown("tags.Environment is not known yet, or no text")
    elif environment not in {cx.settings.environment, resource.stack}:
        # A tag of the resource wins over one of the provider, so a known one decides; else its own may come.
        sure = whole or (isinstance(own, dict) and "Environment" in own)
        what = f"tags.Environment is not {cx.settings.environment}, nor the name of the stack"
        yield fail(what) if sure else unknown(f"{what}; tags are not known yet")
    yield passed()


def _default(said: Any) -> Any:
    """The provider's default tags: providers get nested settings as JSON text. UNKNOWN for what cannot be read."""
    if said is None or said == "":
        return {}
    try:
        tags = dig(document(said), "tags")
    except ValueError:
        return UNKNOWN
    return {} if tags is ABSENT else tags
