"""Where the settings come from: the whole configuration of the stack, nothing secret in it, and the package's file."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stacks.settings import load as loading
from stacks.settings.errors import SettingsError
from stacks.settings.load import Configuration, load
from tests.kit.settings import VALID, changed, configuration, folder_with_package, lines


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A program's surroundings: no configuration yet, and a folder that holds the package."""
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_SECRET_KEYS", raising=False)
    monkeypatch.chdir(folder_with_package())
    pulumi.runtime.set_all_config({}, [])
    yield monkeypatch
    pulumi.runtime.set_all_config({}, [])


def test_the_settings_are_read_from_what_the_engine_hands_to_the_program(stack: pytest.MonkeyPatch) -> None:
    stack.setenv("PULUMI_CONFIG", json.dumps(configuration(VALID).values))
    assert load().deploy.owner == "tests"
    assert load().region == "eu-central-1"


def test_the_settings_are_read_from_a_configuration_that_was_set_in_this_process(stack: pytest.MonkeyPatch) -> None:
    pulumi.runtime.set_all_config(dict(configuration(VALID).values), [])
    assert load().deploy.environment == "test"


def test_a_section_nobody_asks_for_is_found_by_listing_the_configuration(stack: pytest.MonkeyPatch) -> None:
    values = {**configuration(VALID).values, "assistant:telegram": "{}", "asistant:model": "{}", "other:key": "1"}
    stack.setenv("PULUMI_CONFIG", json.dumps(values))
    with pytest.raises(pulumi.RunError) as told:
        load()
    assert str(told.value).splitlines() == [
        (
            "telegram: got an unknown section, expected one of template, compute, model, channels, deploy; "
            "did you mean channels.telegram?"
        ),
        "asistant:model: got an unknown key, expected assistant:<section>; did you mean assistant:model?",
    ]


def test_a_section_set_without_path_says_how_to_set_it() -> None:
    told = lines(configuration(VALID, **{"assistant__compute.throttle.burst": "7"}))
    assert told == [
        (
            "'compute.throttle.burst': got an unknown section, "
            "expected one of template, compute, model, channels, deploy; "
            "set it with pulumi config set --path 'assistant:compute.throttle.burst'"
        )
    ]


@pytest.mark.parametrize("marked_by", ["environment", "process"])
def test_a_section_with_an_encrypted_value_inside_is_refused_and_not_shown(
    stack: pytest.MonkeyPatch, marked_by: str
) -> None:
    sections = changed({"model": {"provider": "echo", "key": "hush-hush"}})
    values = dict(configuration(sections).values)
    stack.setenv("PULUMI_CONFIG", json.dumps(values))
    if marked_by == "environment":
        stack.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps(["assistant:model"]))
    else:
        pulumi.runtime.set_all_config(values, ["assistant:model"])
    with pytest.raises(SettingsError) as told:
        load()
    assert str(told.value) == (
        "model: got an encrypted value, expected plain settings; "
        "write {secret: <name>}, the name of a secret in AWS Secrets Manager, where a secret is needed"
    )


def test_an_encrypted_section_hides_no_mistake_in_another() -> None:
    given = configuration(changed({"deploy.owner": 3}))
    told = lines(Configuration(given.values, frozenset({"assistant:model"})))
    assert [line.partition(":")[0] for line in told] == ["model", "deploy.owner"]


def test_a_missing_package_says_how_it_is_built(tmp_path: Path) -> None:
    assert lines(configuration(VALID), tmp_path) == [
        (
            "template.package: got '.cache/packages/assistant.zip', which does not exist, "
            "expected the functions' package; "
            "run `make package`"
        )
    ]
    assert lines(configuration(changed({"template.package": "own.zip"})), tmp_path) == [
        (
            "template.package: got 'own.zip', which does not exist, expected the functions' package; "
            "run `python -m assistant.package 'own.zip'`"
        )
    ]


def test_a_package_that_is_no_zip_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.zip").write_text("not a zip file")
    [line] = lines(configuration(changed({"template.package": "own.zip"})), tmp_path)
    assert line.startswith("template.package: got 'own.zip', which is no zip file, expected the functions' package")


@pytest.mark.parametrize("package", [".", "a\x00b", "x" * 1_000])
def test_a_package_path_that_can_be_no_file_is_told_in_one_line(tmp_path: Path, package: str) -> None:
    [line] = lines(configuration(changed({"template.package": package})), tmp_path)
    assert line.startswith("template.package: got ")


def test_a_package_given_by_its_whole_path_is_found(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "app.zip"
    target.parent.mkdir()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a", "")
    assert lines(configuration(changed({"template.package": str(target)})), folder_with_package()) == []


def test_a_wrong_stack_registers_nothing(stack: pytest.MonkeyPatch) -> None:
    registered: list[str] = []

    def register(*_: Any, **__: Any) -> None:
        registered.append("a resource")

    stack.setattr(pulumi.Resource, "__init__", register)
    stack.setenv("PULUMI_CONFIG", json.dumps(configuration(changed({"deploy.owner": 3})).values))
    with pytest.raises(SettingsError):
        exec(compile(MAIN.read_text(), str(MAIN), "exec"), {"__name__": "__main__"})
    assert registered == []


MAIN = Path(loading.__file__).parents[2] / "__main__.py"


def test_the_program_stays_under_thirty_lines() -> None:
    assert len(MAIN.read_text().splitlines()) < 30
