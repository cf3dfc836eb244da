"""The environment a run is judged for: which gate stops an update, and the thresholds that rules compare with."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

Gate = Literal["G0", "G1", "G2"]
STRICTEST = "prod"
FOLDER_VARIABLE = "ASSIST_SETTINGS"
ENVIRONMENT_VARIABLE = "ASSIST_ENVIRONMENT"
STACK_VARIABLE = "PULUMI_STACK"
BUILT_IN = Path(__file__).parent / "environments"


class Level(StrEnum):
    """What a failed rule does."""

    MANDATORY = "mandatory"
    """Stops the update."""
    ADVISORY = "advisory"
    """Is printed."""
    OFF = "off"
    """Is counted only."""


class SettingsError(ValueError):
    """Settings that cannot be used; its text is one line for a person."""


class Settings(BaseModel):
    """environments/<environment>.yaml: what differs between environments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: str
    gates: dict[Gate, Level]

    @field_validator("gates", mode="before")
    @classmethod
    def _every_gate(cls, value: Any) -> Any:
        """YAML reads a bare `off` as false; a gate that is left out would stop nothing without a word."""
        if not isinstance(value, dict) or set(value) != set(get_args(Gate)):
            raise ValueError(f"expected a level for each of {', '.join(get_args(Gate))}")
        return {gate: Level.OFF if level is False else level for gate, level in value.items()}

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
    stacks = _read(folder / "stacks.yaml") if (folder / "stacks.yaml").exists() else {}
    return str(stacks.get(variables.get(STACK_VARIABLE, ""), STRICTEST))


def is_told(variables: Mapping[str, str] = os.environ) -> bool:
    """True when the environment can be chosen before the first resource shows its stack's name."""
    return bool(variables.get(ENVIRONMENT_VARIABLE) or variables.get(STACK_VARIABLE))


def load(variables: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the run's environment. Raises SettingsError, which names the file and the choices."""
    folder = Path(variables.get(FOLDER_VARIABLE) or BUILT_IN)
    known = sorted(path.stem for path in folder.glob("*.yaml") if path.stem != "stacks")
    if not known:
        raise SettingsError(f"{FOLDER_VARIABLE}: got {folder}, expected a folder with <environment>.yaml files")
    environment = environment_of(variables, folder)
    if environment not in known:
        source = ENVIRONMENT_VARIABLE if variables.get(ENVIRONMENT_VARIABLE) else f"{folder / 'stacks.yaml'}"
        raise SettingsError(f"{source}: got {environment!r}, expected one of {', '.join(known)}")
    path = folder / f"{environment}.yaml"
    try:
        return Settings.model_validate({**_read(path), "environment": environment})
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(step) for step in fault["loc"])
        raise SettingsError(f"{path}: {where}: {fault['msg']}, got {fault['input']!r}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SettingsError(
            f"{path}: got something that is not YAML, expected settings ({type(error).__name__})"
        ) from None
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise SettingsError(f"{path}: got {type(read).__name__}, expected names and values")
    return read
