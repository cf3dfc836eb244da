"""Waivers: failures that somebody has taken on themselves, for a time, with a reason."""

import os
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant_policies.registry import ID_PATTERN, Rule

FILE_VARIABLE = "ASSIST_WAIVERS"
NEVER_IN_PROD = "critical"


class Waiver(BaseModel):
    """One entry of waivers.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=ID_PATTERN.pattern)]
    target: str = Field(min_length=1)
    """URN, in which * stands for any text."""
    reason: str = Field(min_length=20)
    owner: str = Field(min_length=1)
    expiry: date
    """The last day on which it holds."""
    environments: list[Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]] = Field(min_length=1)


def load(variables: Mapping[str, str] = os.environ, beside: Path | None = None) -> tuple[list[Waiver], list[str]]:
    """The waivers that can be read, and a line for each that cannot. No file means no waivers."""
    path = Path(variables.get(FILE_VARIABLE) or (beside or Path.cwd()) / "waivers.yaml")
    if not path.exists():
        return [], []
    try:
        written = yaml.safe_load(path.read_text()) or []
    except yaml.YAMLError as error:
        return [], [f"{path.name}: got something that is not YAML, expected a list of waivers ({type(error).__name__})"]
    if not isinstance(written, list):
        return [], [f"{path.name}: got {type(written).__name__}, expected a list of waivers"]
    waivers: list[Waiver] = []
    mistakes: list[str] = []
    for number, entry in enumerate(written):
        try:
            waivers.append(Waiver.model_validate(entry))
        except ValidationError as error:
            for fault in error.errors():
                where = ".".join(str(step) for step in fault["loc"])
                mistakes.append(f"{path.name}[{number}].{where}: {fault['msg']}")
    return waivers, mistakes


def waiver_for(waivers: list[Waiver], rule: Rule, urn: str, environment: str, today: date) -> Waiver | None:
    """The valid waiver that covers this finding. A critical rule cannot be waived in prod."""
    if rule.severity == NEVER_IN_PROD and environment == "prod":
        return None
    for waiver in waivers:
        matches = waiver.id == rule.id and fnmatchcase(urn, waiver.target)
        if matches and environment in waiver.environments and today <= waiver.expiry:
            return waiver
    return None
