"""Waivers: failures that somebody has taken on themselves, for a time, with a reason."""

import os
import textwrap
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant_policies.logic.wildcards import like_stars
from assistant_policies.registry import ID_PATTERN, Rule, Severity
from assistant_policies.settings import STRICTEST

FILE_VARIABLE = "ASSIST_WAIVERS"


class Waiver(BaseModel):
    """One entry of waivers.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=f"^{ID_PATTERN.pattern}$")]
    target: str = Field(min_length=1)
    """URN, in which * stands for any text."""
    reason: str = Field(min_length=20)
    owner: str = Field(min_length=1)
    expiry: date
    """The last day on which it holds."""
    environments: tuple[Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")], ...] = Field(min_length=1)


def load(variables: Mapping[str, str] = os.environ, beside: Path | None = None) -> tuple[list[Waiver], list[str]]:
    """The waivers that can be read, and a line for each that cannot. Without a file, and no ASSIST_WAIVERS, none."""
    told = variables.get(FILE_VARIABLE)
    path = Path(told or (beside or Path.cwd()) / "waivers.yaml")
    if not told and not path.exists():
        return [], []
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except OSError as error:
        return [], [f"{FILE_VARIABLE}: got {path}, expected a file that can be read ({error.strerror})"]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
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
                where = "".join(f".{step}" for step in fault["loc"])
                got = textwrap.shorten(repr(fault["input"]), 60, placeholder="...")
                mistakes.append(f"{path.name}[{number}]{where}: {fault['msg']}, got {got}")
    return waivers, mistakes


def waiver_for(waivers: list[Waiver], rule: Rule, urn: str, environment: str, today: date) -> Waiver | None:
    """The valid waiver that covers this finding. A critical rule cannot be waived in prod."""
    if rule.severity is Severity.CRITICAL and environment == STRICTEST:
        return None
    for waiver in waivers:
        matches = waiver.id == rule.id and like_stars(urn, waiver.target)
        if matches and environment in waiver.environments and today <= waiver.expiry:
            return waiver
    return None
