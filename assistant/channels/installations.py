"""Which channels a deployment has, and for which tenants: ASSISTANT_CHANNELS read and checked."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from assistant import channels
from assistant.channels.contract import Installation
from assistant.config import TENANT, ConfigError

NAME = r"[a-z0-9][a-z0-9-]{0,31}"
REFERENCE = r"(secretsmanager|ssm|file):.+"
KNOWN = {"channel", "tenant", "name", "secrets", "options"}
RESERVED = {"events", "commands", "card", "messages", "session"}  # paths below a channel's own


def read(text: str, tenant: str) -> tuple[Installation, ...]:
    """The installations in `web,telegram`, or in a JSON list. Raises ConfigError that lists every mistake."""
    entries = _entries(text)
    mistakes: list[str] = []
    made: list[Installation] = []
    for index, entry in enumerate(entries):
        where = f"ASSISTANT_CHANNELS[{index}]"
        found = list(_faults(entry))
        mistakes += [f"{where}{fault}" for fault in found]
        if not found:
            made.append(_installation(entry, tenant))
    paths = [installation.path for installation in made]
    mistakes += [
        f"ASSISTANT_CHANNELS: got two installations at {path}, expected another name for one of them"
        for path in sorted({path for path in paths if paths.count(path) > 1})
    ]
    if not entries:
        mistakes.append(f"ASSISTANT_CHANNELS: got no channel, expected at least one of {', '.join(channels.NAMES)}")
    if mistakes:
        raise ConfigError("; ".join(mistakes))
    return tuple(made)


def _entries(text: str) -> list[Any]:
    if not text.lstrip().startswith("["):
        return [{"channel": name.strip()} for name in text.split(",") if name.strip()]
    try:
        return list(json.loads(text))
    except ValueError:
        raise ConfigError("ASSISTANT_CHANNELS: got something that is not JSON, expected a list") from None


def _installation(entry: Mapping[str, Any], tenant: str) -> Installation:
    return Installation(
        channel=entry["channel"], tenant=entry.get("tenant", tenant), name=entry.get("name", "main"),
        secrets=dict(entry.get("secrets", {})), options=dict(entry.get("options", {})),
    )  # fmt: skip


def _faults(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("channel"), str):
        yield ": got no channel, expected an object with one"
        return
    if entry["channel"] not in channels.NAMES:
        yield f".channel: got {entry['channel'][:40]!r}, expected one of {', '.join(channels.NAMES)}"
        return
    for field in sorted(set(entry) - KNOWN):
        yield f".{field[:40]}: got a field that is not known, expected {', '.join(sorted(KNOWN))}"
    if not re.fullmatch(TENANT, str(entry.get("tenant", "default"))):
        yield ".tenant: got something else, expected 1 to 64 letters, digits, - and _"
    name = str(entry.get("name", "main"))
    if not re.fullmatch(NAME, name) or name in RESERVED:
        yield (
            f".name: got {name[:40]!r}, expected 1 to 32 lower-case letters, digits and -, and none of {_or(RESERVED)}"
        )
    for group in ("secrets", "options"):
        given = entry.get(group, {})
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            yield f".{group}: got something else, expected names with texts"
            return
    yield from _fits(entry["channel"], entry.get("secrets", {}), entry.get("options", {}))


def _fits(channel: str, secrets: Mapping[str, str], options: Mapping[str, str]) -> Iterator[str]:
    rules = channels.load(channel).rules
    for name in rules.secrets:
        if name not in secrets:
            yield f".secrets.{name}: got nothing, expected a reference: {channel} needs it"
    for name, reference in secrets.items():
        if name not in rules.secrets + rules.optional_secrets:
            yield f".secrets.{name[:40]}: got a secret that {channel} has no use for, expected {_or(rules.secrets)}"
        if not re.fullmatch(REFERENCE, reference):
            yield f".secrets.{name[:40]}: got {len(reference)} characters, expected secretsmanager:, ssm: or file:"
    for name in rules.options:
        if not options.get(name):
            yield f".options.{name}: got nothing, expected a text: {channel} needs it"
    for name in options:
        if name not in (*rules.options, *rules.optional_options, "api_url"):
            yield f".options.{name[:40]}: got an option that {channel} does not have"


def _or(names: Any) -> str:
    return " or ".join(sorted(names)) or "none"
