"""Resource policies in a cloud that has no TLS: statements that deny plain transport stay out of it.

The embedded cloud listens on the loopback interface without TLS and does enforce resource policies, so a statement that
denies requests without TLS would lock out everybody, the functions included. Such statements are not sent; a read gives
them back as long as the rest is what was sent.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws.plan.documents import same_policy


def sendable(policy: str) -> str:
    """The policy without the statements that deny plain transport; text that is no JSON object stays as it is."""
    try:
        document = json.loads(policy)
    except ValueError:
        return policy
    if not isinstance(document, dict):
        return policy
    statements = document.get("Statement", [])
    held = statements if isinstance(statements, list) else [statements]
    rest = [item for item in held if not _denies_plain_transport(item)]
    return policy if len(rest) == len(held) else json.dumps({**document, "Statement": rest})


def as_given(real: str | None, given: Any) -> str | None:
    """The policy as the program gave it, when what is there is what was sent of it; else what is there."""
    if real and isinstance(given, str) and given and same_policy(sendable(given), real):
        return given
    return real


def _denies_plain_transport(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") != "Deny":
        return False
    condition = statement.get("Condition")
    tests = condition.get("Bool") if isinstance(condition, dict) and len(condition) == 1 else None
    asked = {key.lower(): value for key, value in tests.items()} if isinstance(tests, dict) else {}
    value = asked.get("aws:securetransport")
    return len(asked) == 1 and str(value[0] if isinstance(value, list) and value else value).lower() == "false"
