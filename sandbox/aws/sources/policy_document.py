"""Renders `aws.iam.get_policy_document` byte for byte as the real provider does."""

from __future__ import annotations

import json
import zlib
from typing import Any

DEFAULT_VERSION = "2012-10-17"
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def policy_document(args: dict[str, Any]) -> dict[str, Any]:
    """The data source's result. ValueError for a source or an override that is not a policy document."""
    version = args.get("version") or DEFAULT_VERSION
    document: dict[str, Any] = {}
    sources = [*([args["sourceJson"]] if args.get("sourceJson") else []), *(args.get("sourcePolicyDocuments") or [])]
    overrides = [
        *([args["overrideJson"]] if args.get("overrideJson") else []),
        *(args.get("overridePolicyDocuments") or []),
    ]
    for text in sources:
        document = _merged(document, _parsed(text), strict=True)
    statements = [_statement(given) for given in args.get("statements") or []]
    _check_sids(statements)
    own: dict[str, Any] = {"Version": version, "Id": args.get("policyId"), "Statement": statements}
    document = _merged(document, own)
    for text in overrides:
        document = _merged(document, _parsed(text))
    ordered = {key: document[key] for key in ("Version", "Id", "Statement") if document.get(key)}
    text = json.dumps(ordered, indent=2, ensure_ascii=False).translate(_ESCAPED)
    return {
        **{key: value for key, value in args.items() if value is not None},
        "id": str(zlib.crc32(text.encode())),
        "json": text,
        "minifiedJson": json.dumps(ordered, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPED),
        "version": version,
        "statements": [{"effect": "Allow", **given} for given in args.get("statements") or []],
    }


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"policy document: got text that is not JSON ({problem}), expected an IAM policy") from problem
    if not isinstance(document, dict):
        raise ValueError(f"policy document: got {type(document).__name__}, expected a JSON object")
    statements = document.get("Statement") or []
    return {**document, "Statement": statements if isinstance(statements, list) else [statements]}


def _check_sids(statements: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for statement in statements:
        sid = statement.get("Sid")
        if sid and sid in seen:
            raise ValueError(f"statements: got sid {sid!r} twice, expected each sid once or none")
        seen.add(sid or "")


def _merged(base: dict[str, Any], more: dict[str, Any], strict: bool = False) -> dict[str, Any]:
    """`more` over `base`: a statement with the same Sid takes the other's place, all others are added."""
    statements = list(base.get("Statement", []))
    for statement in more["Statement"]:
        place = next(
            (i for i, old in enumerate(statements) if statement.get("Sid") and old.get("Sid") == statement["Sid"]), None
        )
        if place is None:
            statements.append(statement)
        elif strict:
            raise ValueError(f"sourcePolicyDocuments: got sid {statement['Sid']!r} twice, expected each sid once")
        else:
            statements[place] = statement
    return {
        "Version": more.get("Version") or base.get("Version"),
        "Id": more.get("Id") or base.get("Id"),
        "Statement": statements,
    }


def _statement(given: dict[str, Any]) -> dict[str, Any]:
    parts = {
        "Sid": given.get("sid"),
        "Effect": given.get("effect") or "Allow",
        "Action": _strings(given.get("actions")),
        "NotAction": _strings(given.get("notActions")),
        "Resource": _strings(given.get("resources"), variables=True),
        "NotResource": _strings(given.get("notResources"), variables=True),
        "Principal": _principals(given.get("principals")),
        "NotPrincipal": _principals(given.get("notPrincipals")),
        "Condition": _conditions(given.get("conditions")),
    }
    return {key: value for key, value in parts.items() if value}


def _strings(values: list[str] | None, variables: bool = False) -> str | list[str] | None:
    """One string alone, several in falling order; `&{…}` is the program's way to write `${…}`."""
    held = sorted({value.replace("&{", "${") if variables else value for value in values or []}, reverse=True)
    return held[0] if len(held) == 1 else held or None


def _principals(given: list[dict[str, Any]] | None) -> Any:
    principals: dict[str, list[str]] = {}
    for item in given or []:
        if item.get("type") == "*" and item.get("identifiers") == ["*"]:
            return "*"
        principals.setdefault(item["type"], []).extend(item.get("identifiers") or [])
    return {kind: _strings(names, variables=True) for kind, names in sorted(principals.items())}


def _conditions(given: list[dict[str, Any]] | None) -> dict[str, Any]:
    conditions: dict[str, dict[str, Any]] = {}
    for item in given or []:
        values = [value.replace("&{", "${") for value in item.get("values") or []]
        conditions.setdefault(item["test"], {})[item["variable"]] = values[0] if len(values) == 1 else values
    return {test: dict(sorted(tests.items())) for test, tests in sorted(conditions.items())}
