"""Reads the stack's configuration into Settings, or raises one error with everything that is wrong in it.

Nothing is registered with the engine before this has passed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any
from zipfile import is_zipfile

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import ValidationError

from stacks.settings.contradictions import UnclearError, Written, contradictions
from stacks.settings.errors import Fault, SettingsError, did_you_mean, faults_in, told
from stacks.settings.sections import NAMES, NAMESPACE, REGION_KEY, REGION_PATTERN, Sections, Settings
from stacks.settings.template import PACKAGE


@dataclass(frozen=True)
class Configuration:
    """The stack's configuration as Pulumi hands it over: every value is text, a group is JSON."""

    values: Mapping[str, str]
    secret_keys: frozenset[str] = frozenset()

    @classmethod
    def of_this_stack(cls) -> "Configuration":
        """Everything that is configured. pulumi.Config reads only keys that one knows, so the whole is listed here."""
        values = {**pulumi.runtime.get_config_env(), **pulumi_config.CONFIG.get()}
        marked = set(pulumi.runtime.get_config_secret_keys_env())
        return cls(values, frozenset(k for k in values if k in marked or pulumi.runtime.is_config_secret(k)))


def load() -> Settings:
    """The settings of the stack that runs. Raises SettingsError with one line per mistake."""
    return read(Configuration.of_this_stack(), FilePath.cwd())


def read(configuration: Configuration, folder: FilePath) -> Settings:
    """Settings from a configuration; `folder` is where template.package starts. Raises SettingsError."""
    sections, faults = _sections(configuration)
    refused = {fault.path[0] for fault in faults}
    settings: Sections | None = None
    try:
        settings = Sections.model_validate(sections)
    except ValidationError as error:
        faults += [fault for fault in faults_in(error) if fault.path[0] not in refused]
    region = configuration.values.get(REGION_KEY)
    region_faults = list(_region_faults(region))
    written = Written(sections, None if region_faults else region, tuple(fault.path for fault in faults))
    faults += list(contradictions(written))
    faults += list(_package_faults(written, folder))
    faults.sort(key=_step)
    faults += region_faults
    faults += list(_namespace_faults(configuration.values))
    if faults or settings is None or region is None:
        raise SettingsError(faults)
    return Settings(**dict(settings), region=region)


def _step(fault: Fault) -> int:
    return NAMES.index(str(fault.path[0])) if fault.path[0] in NAMES else len(NAMES)


def _sections(configuration: Configuration) -> tuple[dict[str, Any], list[Fault]]:
    """The sections as plain data, and what is wrong with them as keys of the configuration."""
    sections, faults = dict[str, Any](), list[Fault]()
    for key, text in configuration.values.items():
        if not key.startswith(f"{NAMESPACE}:"):
            continue
        name = key.removeprefix(f"{NAMESPACE}:")
        if name not in NAMES:
            faults.append(_unknown_section(name))
        elif key in configuration.secret_keys:
            way_out = "write {secret: <name>}, the name of a secret in AWS Secrets Manager, where a secret is needed"
            faults.append(Fault((name,), "an encrypted value", "plain settings", way_out))
        else:
            sections[name] = _plain(text)
    return sections, faults


def _unknown_section(name: str) -> Fault:
    section = re.split(r"[.\[]", name)[0]
    if section in NAMES and section != name:
        way_out = f"set it with pulumi config set --path '{NAMESPACE}:{name}'"
    else:
        way_out = did_you_mean((name,), NAMES)
    return Fault((name,), "an unknown section", f"one of {', '.join(NAMES)}", way_out)


def _plain(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _region_faults(region: str | None) -> Iterator[Fault]:
    if region is None or not re.fullmatch(REGION_PATTERN, region):
        way_out = f"write {REGION_KEY}: eu-central-1, or the region you want, into the stack's configuration"
        yield Fault((REGION_KEY,), told(region), "an AWS region", way_out)


def _namespace_faults(values: Mapping[str, str]) -> Iterator[Fault]:
    for key in values:
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE and get_close_matches(namespace, [NAMESPACE], cutoff=0.8):
            yield Fault((key,), "an unknown key", f"{NAMESPACE}:<section>", f"did you mean {NAMESPACE}:{name}?")


def _package_faults(written: Written, folder: FilePath) -> Iterator[Fault]:
    try:
        package = written.value("template.package")
    except UnclearError:
        return
    path = folder / package
    got = ""
    try:
        if not path.exists():
            got = f"{told(package)}, which does not exist"
        elif not is_zipfile(path):
            got = f"{told(package)}, which is no zip file"
    except (OSError, ValueError):
        got = f"{told(package)}, which cannot be read"
    if got:
        way_out = "run `make package`" if package == PACKAGE else f"run `python -m assistant.package {told(package)}`"
        yield Fault(("template", "package"), got, "the functions' package", way_out)
