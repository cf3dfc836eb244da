"""What is written from the models: the page of all settings, and the schema that editors check a stack's file with."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.settings import document
from stacks.settings.nodes import fields
from stacks.settings.sections import NAMES
from tests.kit.settings import configuration, folder_with_package, lines

STACKS = sorted(Path(document.__file__).parents[1].glob("Pulumi.*.yaml"))
STEPS = [f"# {number}. {name}: " for number, name in enumerate(NAMES, 1)]


def test_the_page_of_all_settings_is_what_the_models_say() -> None:
    assert document.PAGE.read_text() == document.page(), "run python -m stacks.settings.document"


def test_the_schema_is_what_the_models_say() -> None:
    assert document.SCHEMA.read_text() == document.schema_text(), "run python -m stacks.settings.document"


def test_the_page_has_a_row_for_every_setting() -> None:
    rows = [line for line in document.page().splitlines() if line.startswith("| `")]
    assert all(row.count(" | ") == 4 for row in rows)
    keys = {row.split("`")[1] for row in rows}
    for path, _, _ in fields():
        if len(path) > 1 and path[-1] != "secret":
            # a choice inside of a section has a table of its own, in which keys begin anew
            assert {".".join(path[1:]), ".".join(path[2:])} & keys, path


def test_the_schema_refuses_unknown_sections_and_knows_every_known_one() -> None:
    config = json.loads(document.schema_text())["properties"]["config"]
    assert set(config["properties"]) == {"aws:region", *(f"assistant:{name}" for name in NAMES)}
    assert config["additionalProperties"] is False
    assert list(config["patternProperties"]) == ["^(?!assistant:)"]


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_a_committed_stack_is_valid(file: Path) -> None:
    config: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
    sections = {key.removeprefix("assistant:"): value for key, value in config.items() if key.startswith("assistant:")}
    assert lines(configuration(sections, config["aws:region"]), folder_with_package()) == []


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_a_committed_stack_explains_its_five_steps_in_order(file: Path) -> None:
    written = [line.strip() for line in file.read_text().splitlines()]
    assert written[0] == "# yaml-language-server: $schema=settings.schema.json"
    heads = [step for line in written for step in STEPS if line.startswith(step)]
    assert heads == STEPS


def test_a_stack_is_committed_for_each_environment_that_works_and_no_other() -> None:
    assert [file.name for file in STACKS] == ["Pulumi.local.yaml", "Pulumi.staging.yaml"]
