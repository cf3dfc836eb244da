"""The environment a run is judged for: which gate stops an update, and the thresholds that rules compare with."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

Gate = Literal["G0", "G1", "G2"]
STRICTEST = "prod"
FOLDER_VARIABLE = "ASSIST_SETTINGS"
ENVIRONMENT_VARIABLE = "ASSIST_ENVIRONMENT"
BUILT_IN = Path(__file__).parent / "environments"


class Level(StrEnum):
    """What a failed rule does."""

    MANDATORY = "mandatory"
    """Stops the update."""
    ADVISORY = "advisory"
    """Is printed."""
    OFF = "off"
    """Is counted only."""


class Settings(BaseModel):
    """environments/<environment>.yaml: what differs between environments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: str
    gates: dict[Gate, Level]
    required_tags: list[str] = ["Project", "Environment", "Owner", "CostCenter", "DataClass"]
    log_days_min: int = Field(default=1, ge=1)
    log_days_max: int = Field(default=3653, ge=1)
    requests_per_second_max: float = Field(default=1000, gt=0)
    burst_max: int = Field(default=2000, gt=0)
    key_deletion_days_min: int = Field(default=7, ge=7, le=30)
    visibility_times: float = Field(default=6, ge=1)
    """Queue visibility timeout as a multiple of the function's timeout."""
    undetermined_max: dict[Gate, int | None] = {"G0": None, "G1": None, "G2": None}
    """How many UNKNOWN a run may have per gate; null means any number. INTERNAL is never allowed."""


def environment_of(variables: Mapping[str, str], folder: Path = BUILT_IN) -> str:
    """ASSIST_ENVIRONMENT, else the stack's name mapped through stacks.yaml, else the strictest."""
    if given := variables.get(ENVIRONMENT_VARIABLE):
        return given
    stacks = yaml.safe_load((folder / "stacks.yaml").read_text())
    return str(stacks.get(variables.get("PULUMI_STACK", ""), STRICTEST))


def is_told(variables: Mapping[str, str] = os.environ) -> bool:
    """True when the environment can be chosen before the first resource shows its stack's name."""
    return bool(variables.get(ENVIRONMENT_VARIABLE) or variables.get("PULUMI_STACK"))


def load(variables: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the run's environment. Raises ValueError that lists the environments there are."""
    folder = Path(variables.get(FOLDER_VARIABLE) or BUILT_IN)
    environment = environment_of(variables, folder)
    known = sorted(path.stem for path in folder.glob("*.yaml") if path.stem != "stacks")
    if environment not in known:
        raise ValueError(f"{ENVIRONMENT_VARIABLE}: got {environment!r}, expected one of {', '.join(known)}")
    return Settings(environment=environment, **yaml.safe_load((folder / f"{environment}.yaml").read_text()))
