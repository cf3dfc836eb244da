"""What there is to know about each application that can be deployed: the files in stacks/templates/."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from stacks.settings.group import Group

FOLDER = Path(__file__).resolve().parents[1] / "templates"
NAMES = ("reference", "openclaw", "image")


class Facts(Group):
    """One application."""

    description: str
    image: str | None
    """The container image; None: built here, or said in the settings."""
    package: bool
    """Whether there is a functions' package of it."""
    port: int = Field(ge=1, le=65_535)
    readiness_path: str = Field(pattern="^/")
    data_directory: str = Field(pattern="^/")
    memory_floor_mib: int = Field(ge=1)
    """Below this it does not run."""
    topologies: list[str]
    """The shapes that this repository can deploy it in."""
    cache: Literal["off", "memory", "table"]
    """Where replies are kept, unless the settings say so."""

    def lacks(self, topology: str) -> str:
        """What it has not got that the topology needs; empty when there is nothing."""
        if topology == "serverless" and not self.package:
            return "it has no functions' package"
        return "" if topology in self.topologies else f"it is not made for {topology}"


@cache
def facts(name: str) -> Facts:
    """What the file of that template says."""
    return Facts.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


def fitting(topology: str) -> list[str]:
    """The templates that have what a topology needs."""
    return [name for name in NAMES if not facts(name).lacks(topology)]
