"""Which environment a run is judged for, and what its settings say."""

from pathlib import Path

import pytest

from assistant_policies.settings import BUILT_IN, Level, SettingsError, environment_of, is_told, load

GATES = "gates: {G0: mandatory, G1: advisory, G2: off}\n"


@pytest.mark.parametrize(
    ("variables", "environment"),
    [
        ({"ASSIST_ENVIRONMENT": "dev", "PULUMI_STACK": "prod"}, "dev"),
        ({"PULUMI_STACK": "staging"}, "staging"),
        ({"PULUMI_STACK": "docker"}, "local"),
        ({"PULUMI_STACK": "somebody"}, "prod"),
        ({"ASSIST_ENVIRONMENT": "", "PULUMI_STACK": ""}, "prod"),
        ({}, "prod"),
    ],
)
def test_the_variable_wins_over_the_stack_and_the_strictest_is_what_is_left(
    variables: dict[str, str], environment: str
) -> None:
    assert environment_of(variables) == environment
    assert load(variables).environment == environment


@pytest.mark.parametrize(
    ("environment", "gates", "log_days", "key_days"),
    [
        ("local", ("mandatory", "advisory", "off"), 1, 7),
        ("dev", ("mandatory", "advisory", "advisory"), 1, 7),
        ("staging", ("mandatory", "mandatory", "advisory"), 7, 7),
        ("prod", ("mandatory", "mandatory", "mandatory"), 30, 30),
    ],
)
def test_each_environment_has_the_gates_and_limits_of_the_documentation(
    environment: str, gates: tuple[str, ...], log_days: int, key_days: int
) -> None:
    settings = load({"ASSIST_ENVIRONMENT": environment})
    assert tuple(settings.gates[gate].value for gate in ("G0", "G1", "G2")) == gates
    assert (settings.log_days_min, settings.key_deletion_days_min) == (log_days, key_days)


def test_an_environment_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"ASSIST_ENVIRONMENT": "production"})
    assert str(caught.value) == (
        "ASSIST_ENVIRONMENT: got 'production', expected one of dev, local, prod, staging"
    )  # fmt: skip


def test_the_environment_is_told_by_either_variable() -> None:
    assert is_told({"ASSIST_ENVIRONMENT": "dev"})
    assert is_told({"PULUMI_STACK": "dev"})
    assert not is_told({"ASSIST_ENVIRONMENT": "", "OTHER": "x"})


def test_a_folder_of_ones_own_replaces_the_environments(tmp_path: Path) -> None:
    (tmp_path / "stacks.yaml").write_text("eu: strict\n")
    (tmp_path / "strict.yaml").write_text(GATES + "log_days_min: 90\nundetermined_max: {G0: 0, G1: 3, G2: null}\n")
    settings = load({"ASSIST_SETTINGS": str(tmp_path), "PULUMI_STACK": "eu"})
    assert (settings.environment, settings.log_days_min) == ("strict", 90)
    assert settings.undetermined_max == {"G0": 0, "G1": 3, "G2": None}


def test_a_bare_off_is_off_and_not_false(tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").write_text(GATES)
    assert load({"ASSIST_SETTINGS": str(tmp_path)}).gates["G2"] is Level.OFF


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("gates: {G0: mandatory}\n", "gates: Value error, expected a level for each of G0, G1, G2"),
        ("gates: {G0: often, G1: advisory, G2: advisory}\n", "gates.G0"),
        (GATES + "log_day_min: 7\n", "log_day_min: Extra inputs are not permitted"),
        (GATES + "log_days_min: 0\n", "log_days_min: Input should be greater than or equal to 1, got 0"),
        ("", "gates: Field required"),
        ("- a\n", "got list, expected names and values"),
        ("gates: [", "got something that is not YAML"),
    ],
)
def test_settings_with_a_fault_are_told_in_one_line(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").write_text(content)
    with pytest.raises(SettingsError) as caught:
        load({"ASSIST_SETTINGS": str(tmp_path)})
    assert str(caught.value).startswith(f"{tmp_path / 'prod.yaml'}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_environments_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"ASSIST_SETTINGS: got .*, expected a folder with <environment>\.yaml files"
    ):
        load({"ASSIST_SETTINGS": str(tmp_path / "none")})


def test_every_stack_of_the_table_has_an_environment() -> None:
    for line in (BUILT_IN / "stacks.yaml").read_text().splitlines():
        if not line.startswith("#"):
            stack, _, environment = line.partition(":")
            assert load({"PULUMI_STACK": stack}).environment == environment.strip()
