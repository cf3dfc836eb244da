"""Makes up the outputs of a resource that no cloud holds: ids and ARNs of the right shape, all else from the plan."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.facts import TypeFacts
from sandbox.aws.paper.filled import FILLED
from sandbox.aws.paper.shapes import OTHERS, SHAPES
from sandbox.aws.places import partition_of, suffix_of, zones_of
from sandbox.provider.protocol import Resource
from sandbox.provider.values import UNKNOWN, AssetRef, has_unknown

_RANDOM = re.compile(r"(hex|word|UPPER)(\d+)")
_FUNCTION = re.compile(r"(?:.*:function:)?([^:]+)(?::[^:]*)?")


def fabricate(
    facts: TypeFacts,
    resource: Resource,
    planned: Mapping[str, Any],
    region: str,
    account: str,
    before: Mapping[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """(id, outputs made up), only for what the plan leaves unknown; `before` are the outputs so far, if any."""
    values = _Scope(resource, planned, region, account)
    values.before = before or {}
    made: dict[str, Any] = {}
    for name, template in SHAPES.get(facts.token, OTHERS).items():
        prop = facts.properties.get(name)
        if name != "id" and (prop is None or planned.get(name) is not UNKNOWN):
            continue
        if name == "id" and isinstance(planned.get("id"), str):
            made["id"] = planned["id"]
        else:
            made[name] = _typed((prop or {}).get("type", "string"), template.format_map(values))
        values.given[name] = made[name]
    for name, fill in FILLED.get(facts.token, {}).items():
        if planned.get(name) is None or has_unknown(planned[name]):
            made[name] = fill(planned, values)
    return made["id"], made


def _typed(kind: str, text: str) -> Any:
    if kind in ("int", "float"):
        return int(text)
    return text == "true" if kind == "bool" else text


class _Scope(dict[str, Any]):
    """What a template may name. Made-up parts are new at each mention."""

    def __init__(self, resource: Resource, planned: Mapping[str, Any], region: str, account: str) -> None:
        super().__init__()
        self.planned = planned
        self.before: Mapping[str, Any] = {}
        self.given: dict[str, Any] = {name: value for name, value in planned.items() if _usable(value)}
        self.region = str(self.given.get("region", region))
        self.account, self.resource = account, resource

    def __missing__(self, key: str) -> Any:
        if (match := _RANDOM.fullmatch(key)) is not None:
            return _random(match[1], int(match[2]))
        if key in self.given:
            return self.given[key]
        maker = _PARTS.get(key)
        # A value that only the program's other resources know stands as the program's own name.
        return maker(self) if maker else self.resource.name


def _usable(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _random(kind: str, length: int) -> str:
    if kind == "hex":
        return secrets.token_hex(length)[:length]
    letters = string.ascii_lowercase if kind == "word" else string.ascii_uppercase
    return "".join(secrets.choice(letters + string.digits) for _ in range(length))


def _function(scope: _Scope) -> str:
    match = _FUNCTION.fullmatch(str(scope["functionName"]))
    return match[1] if match else str(scope["functionName"])


def _function_arn(scope: _Scope) -> str:
    named = str(scope["functionName"])
    if named.startswith("arn:"):
        return named
    return "arn:{partition}:lambda:{region}:{account}:function:".format_map(scope) + named


def _code_hash(scope: _Scope) -> str:
    code = scope.planned.get("code")
    known = bytes.fromhex(code.hash) if isinstance(code, AssetRef) and re.fullmatch("[0-9a-f]{64}", code.hash) else None
    return base64.b64encode(known or hashlib.sha256(secrets.token_bytes(8)).digest()).decode()


def _version(scope: _Scope) -> str:
    """Versions of a function count up, as long as they are published."""
    held = str(scope.before.get("version", "0"))
    return str(int(held) + 1 if held.isdigit() else 1) if scope.planned.get("publish") is True else "$LATEST"


_PARTS: dict[str, Callable[[_Scope], str]] = {
    "region": lambda scope: scope.region,
    "account": lambda scope: scope.account,
    "partition": lambda scope: partition_of(scope.region),
    "suffix": lambda scope: suffix_of(scope.region),
    "uuid": lambda scope: str(uuid.uuid4()),
    "now": lambda scope: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "path": lambda scope: "/",
    "function": _function,
    "function_arn": _function_arn,
    "code_hash": _code_hash,
    "version": _version,
    "api_scheme": lambda scope: "wss" if scope.given.get("protocolType") == "WEBSOCKET" else "https",
    "stage_path": lambda scope: "" if scope["name"] == "$default" else str(scope["name"]),
    "bare_name": lambda scope: str(scope["name"]).lstrip("/"),
    "target_key": lambda scope: str(scope["targetKeyId"]).rpartition("/")[2],
    "zone_id": lambda scope: dict(zones_of(scope.region)).get(str(scope.given.get("availabilityZone")), ""),
    "dedup_scope": lambda scope: "queue" if str(scope["name"]).endswith(".fifo") else "",
    "fifo_limit": lambda scope: "perQueue" if str(scope["name"]).endswith(".fifo") else "",
    "label": lambda scope: str(scope.given.get("name") or _random("hex", 17)),
    "service": lambda scope: scope.resource.type.split(":")[1].partition("/")[0],
    "kind": lambda scope: scope.resource.type.rpartition(":")[2].lower(),
}
