"""Applications as data: what each has, and which topology can run it."""

from pathlib import Path

import pytest

from stacks.settings import templates
from stacks.settings.template import Image, OpenClaw, Reference
from stacks.settings.templates import FOLDER, NAMES, facts, fitting


def test_every_template_that_the_settings_know_has_a_file_and_no_other_has_one() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == set(NAMES)
    words = {one.model_fields["name"].annotation.__args__[0] for one in (Reference, OpenClaw, Image)}  # type: ignore[union-attr]
    assert words == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_what_runs_and_how_one_knows_that_it_is_ready(name: str) -> None:
    read = facts(name)
    assert read.readiness_path.startswith("/")
    assert read.memory_floor_mib >= 128
    assert bool(read.topologies) == bool(fitting("serverless")) or name != "reference"
    for topology in read.topologies:
        assert read.lacks(topology) == ""


def test_only_an_application_with_a_package_runs_as_functions() -> None:
    assert fitting("serverless") == ["reference"]
    assert facts("openclaw").lacks("serverless") == "it has no functions' package"


def test_facts_about_somebody_elses_image_name_their_source() -> None:
    assert "github.com/openclaw/openclaw" in (FOLDER / "openclaw.yaml").read_text()
    assert facts("openclaw").image.rpartition(":")[2] not in {"latest", "main", "slim"}  # type: ignore[union-attr]


def test_a_mistake_in_a_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "image.yaml").write_text("port: many\n")
    monkeypatch.setattr(templates, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="port"):
        facts.__wrapped__("image")
