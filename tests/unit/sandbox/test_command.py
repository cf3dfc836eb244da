"""What the sandbox reads from a command line, and what it refuses before anything is started."""

from pathlib import Path

import pytest

from sandbox import backend, command, engine, paths, providers
from sandbox.say import SandboxError


@pytest.mark.parametrize(
    ("line", "verb", "stack"),
    [
        ("up --yes --stack local", "up", "local"),
        ("-s dev preview", "preview", "dev"),
        ("--stack=staging up", "up", "staging"),
        ("--color never -C folder destroy -s x", "destroy", "x"),
        ("stack output url -s local", "stack", "local"),
        ("--version", "", None),
    ],
)
def test_the_commands_name_and_stack_are_read_wherever_they_stand(line: str, verb: str, stack: str | None) -> None:
    arguments = line.split()
    assert command.verb_of(arguments) == verb
    assert command.value_of(arguments, "-s", "--stack") == stack


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with AWS credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    return monkeypatch


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def test_a_real_stack_without_an_account_can_be_previewed_and_says_that_it_is_a_stand_in(
    no_account: None, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = providers.choose(Path("pulumi"), "staging", "preview", {})
    assert [stand_in.package for stand_in in chosen] == ["aws"]
    assert "--endpoint" not in chosen[0].arguments
    assert "stand-in (no AWS credentials on this machine)" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["up", "destroy", "refresh", "import"])
def test_a_real_stack_without_an_account_is_never_changed_by_a_stand_in(no_account: None, verb: str) -> None:
    with pytest.raises(SandboxError, match=r"needs an AWS account.*make preview STACK=staging") as told:
        providers.choose(Path("pulumi"), "staging", verb, {})
    assert "\n" not in str(told.value)


def test_with_an_account_and_the_official_plugin_there_is_no_stand_in(
    account: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plugin = tmp_path / "plugins" / "resource-aws-v7.51.1" / "pulumi-resource-aws"
    plugin.parent.mkdir(parents=True)
    plugin.touch(mode=0o755)
    assert providers.choose(Path("pulumi"), "staging", "up", {"PULUMI_HOME": str(tmp_path)}) == []


def test_an_account_whose_plugin_cannot_be_fetched_is_not_touched(account: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="neither installed nor can it be fetched"):
        providers.choose(Path("/bin/false"), "staging", "up", {"PULUMI_HOME": str(tmp_path)})


@pytest.mark.parametrize("name", ["prod", "dev", "../local", ""])
def test_a_stack_without_settings_is_told_with_those_there_are(name: str) -> None:
    if name in backend.environments():
        pytest.skip("this stack has settings")
    if "/" in name:
        assert backend.settings_file(name).name == "Pulumi.local.yaml"  # a qualified name, as the CLI takes it
        return
    with pytest.raises(SandboxError, match=r"stack: got .*expected one of local"):
        backend.settings_file(name)


def test_a_stack_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "provide", lambda: engine.Engine(Path("/bin/true"), "3.256.0", "PATH", None, None))
    monkeypatch.chdir(paths.ROOT)
    with pytest.raises(SandboxError, match="got no stack, expected --stack with one of"):
        command.run(["up"])


@pytest.mark.parametrize(
    ("variables", "credentials", "expected"),
    [
        ({}, None, False),
        ({"PULUMI_BACKEND_URL": "s3://mine"}, None, True),
        ({"PULUMI_ACCESS_TOKEN": "pul-x"}, None, True),
        ({}, '{"current": "https://api.pulumi.com"}', True),
        ({}, "not json", False),
    ],
)
def test_a_backend_of_ones_own_is_respected(
    tmp_path: Path, variables: dict[str, str], credentials: str | None, *, expected: bool
) -> None:
    if credentials:
        (tmp_path / "credentials.json").write_text(credentials)
    assert backend.logged_in({"PULUMI_HOME": str(tmp_path), **variables}) is expected
