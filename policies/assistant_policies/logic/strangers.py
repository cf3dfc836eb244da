"""Whether a resource policy keeps strangers out: conditions that bound the caller, and denials."""

import ipaddress
import re
from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.logic.kleene import Truth, every, opposite, some
from assistant_policies.logic.statements import Statement, allows, listed
from assistant_policies.logic.wildcards import like

# Condition keys that bound the caller to an account, organisation, network or resource, when their values are fixed.
BOUNDING = frozenset({
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceowner", "aws:principalorgid",
    "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourcevpc", "aws:sourcevpce",
    "kms:calleraccount",
})  # fmt: skip
NETWORK = frozenset({"aws:sourceip", "aws:vpcsourceip"})
# Operators that hold only for requests that have the key. ...IfExists, ForAllValues and Null hold without it.
EQUAL = frozenset({
    "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike",
    "foranyvalue:stringequals", "foranyvalue:stringlike",
})  # fmt: skip
DIFFERENT = frozenset({"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike"})
PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}/")


def lets_in_strangers(all_statements: list[Statement]) -> Truth:
    """Whether some Allow holds for callers of any account, after what is denied to strangers is taken away."""
    denials = [(one, truth) for one in all_statements if (truth := _refuses_strangers(one)) is not False]
    return some(_lets_in(one, denials) for one in all_statements)


def _lets_in(one: Statement, denials: list[tuple[Statement, Truth]]) -> Truth:
    wide = allows(one, one.for_anybody(but_a_few=True), opposite(bounds(one)))
    if wide is False:
        return False
    return every((wide, opposite(some(every((truth, _covers(denial, one))) for denial, truth in denials))))


def bounds(statement: Statement) -> Truth:
    """Whether a condition keeps out callers that are not of a fixed account, organisation, network or resource."""
    conditions = statement.condition()
    if not isinstance(conditions, dict):
        return None
    return some(_bounds(operator.lower(), pairs) for operator, pairs in conditions.items())


def _bounds(operator: str, pairs: Any) -> Truth:
    keys = BOUNDING if operator in EQUAL else NETWORK if operator == "ipaddress" else frozenset[str]()
    if not isinstance(pairs, dict):
        return None if keys else False
    return some(_fixed(key.lower(), wanted) for key, wanted in pairs.items() if key.lower() in keys)


def _refuses_strangers(one: Statement) -> Truth:
    """Whether it is a Deny for everybody but those of a fixed account, organisation or network."""
    return every(
        (one.has_effect("Deny"), one.for_anybody(but_a_few=False), _holds_for_strangers(one.condition())),
    )


def _holds_for_strangers(conditions: Any) -> Truth:
    """Whether the conditions of a Deny hold for every caller but those of a fixed account, organisation or network."""
    if conditions == {}:
        return True
    if not isinstance(conditions, dict):
        return None
    if len(conditions) != 1:  # all conditions of a statement must hold: a second one lets strangers through
        return False
    [(operator, pairs)] = conditions.items()
    plain = operator.lower().removesuffix("ifexists")
    keys = BOUNDING if plain in DIFFERENT else NETWORK if plain == "notipaddress" else frozenset[str]()
    if not isinstance(pairs, dict):
        return None if keys else False
    return every((len(pairs) == 1, *(key.lower() in keys and _fixed(key.lower(), pairs[key]) for key in pairs)))


def _covers(one: Statement, allowed: Statement) -> Truth:
    """Whether the actions and resources of one statement are all among those of another."""
    whole = False if one.excepts_actions() else one.every_action()
    wanted = allowed.actions()
    if whole is not True and wanted is not None:
        whole = every(one.covers_action(action) for action in wanted)
    elif whole is not True and not allowed.excepts_actions():
        whole = None
    if "Resource" not in one.said and "Resource" not in allowed.said:  # policies of repositories name none
        return whole
    everywhere = False if "NotResource" in one.said else one.every_resource()
    patterns = listed(one.said.get("Resource", UNKNOWN))
    among = every(_is_among(resource, patterns) for resource in listed(allowed.said.get("Resource", UNKNOWN)))
    return every((whole, some((everywhere, among))))


def _is_among(resource: Any, patterns: list[Any]) -> Truth:
    if not isinstance(resource, str):
        return None
    return some(like(resource, pattern) if isinstance(pattern, str) else None for pattern in patterns)


def _fixed(key: str, wanted: Any) -> Truth:
    """Whether every value that a key may have names somebody: no wildcard where the account stands."""
    return every(_names_somebody(key, one) if isinstance(one, str) else None for one in listed(wanted))


def _names_somebody(key: str, text: str) -> bool:
    if key in NETWORK:
        return _is_private(text)
    if not text or "${" in text:  # a policy variable takes the caller's own word
        return False
    if key == "aws:principalorgpaths":
        return bool(ORGANISATION.match(text))
    if not text.startswith("arn:"):
        return "*" not in text and "?" not in text
    parts = text.split(":", 5)
    if len(parts) < 6:
        return False
    if not parts[4]:  # names of buckets are there once in the world
        return parts[5][:1] not in {"", "*", "?"}
    return parts[4].isdigit()


def _is_private(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    first, last = network.network_address, network.broadcast_address
    return any(first in own and last in own for own in PRIVATE)
