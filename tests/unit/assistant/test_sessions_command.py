"""`python -m assistant sessions`: conversations out of one store, into another, and a person forgotten."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.commands.sessions import app
from assistant.database import FILE, Database
from assistant.sessions import Answer
from assistant.sessions.dynamodb import DynamoSessions
from assistant.sessions.sqlite import SqliteSessions

KEY = "default#telegram#7"


def run(*arguments: str | Path, input: str = "") -> Any:
    return CliRunner().invoke(app, [str(each) for each in arguments], input=input)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a conversation."""
    folder = tmp_path / "data"
    folder.mkdir()
    database = Database(folder / FILE)
    sessions = SqliteSessions(database)
    for n in range(3):
        said = Answer(f"message-{n}", "Grüße 你好", "hi", "2026-01-01T00:00:00.000Z", user="7")
        sessions.store(KEY, said, after=n)
    sessions.save_summary(KEY, "they said hello", 2, 0)
    database.close()
    return folder


def test_conversations_move_from_a_machine_to_the_cloud_and_back(data: Path, table: str, tmp_path: Path) -> None:
    file, again = tmp_path / "sessions.jsonl", tmp_path / "again.jsonl"
    exported = run("export", file, "--data", data)
    assert (exported.exit_code, exported.stderr, exported.stdout) == (0, "exported 4 lines\n", "")
    imported = run("import", file, "--table", table)
    assert (imported.exit_code, imported.stderr) == (0, "imported 4 lines, 4 of them new\n")
    assert run("export", again, "--table", table).exit_code == 0
    assert again.read_bytes() == file.read_bytes()
    assert [turn.text for turn in DynamoSessions(table).turns(KEY, 0)] == ["Grüße 你好"] * 3
    assert run("import", again, "--data", tmp_path / "new" / "data").exit_code == 0
    back = SqliteSessions(tmp_path / "new" / "data" / FILE)
    assert [turn.n for turn in back.turns(KEY, 0)] == [1, 2, 3]
    back.close()
    assert run("import", file, "--table", table).stderr == "imported 4 lines, 0 of them new\n"


def test_the_standard_streams_serve_as_files(data: Path, tmp_path: Path) -> None:
    exported = run("export", "--data", data)
    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["turn"] * 3 + ["summary"]
    assert run("import", "--data", tmp_path / "other", input=exported.stdout).exit_code == 0
    assert run("export", "-", "--data", tmp_path / "other").stdout == exported.stdout
    assert run("export", "--data", data, "--tenant", "other").stdout == ""


def test_a_file_of_conversations_is_its_owner_s_and_is_there_when_it_is_whole(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out" / "sessions.jsonl"
    file.parent.mkdir()
    run("export", file, "--data", data)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()

    def broken(*_: Any) -> Any:
        yield {"v": 1}
        raise OSError("the disk is gone")

    monkeypatch.setattr("assistant.sessions.sqlite.SqliteSessions.export", broken)
    assert run("export", file, "--data", data).exit_code != 0
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_person_is_forgotten(data: Path) -> None:
    erased = run("erase", "--data", data, "--channel", "telegram", "--user", "7")
    assert (erased.exit_code, erased.stderr) == (0, "erased 3 turns\n")
    assert run("export", "--data", data).stdout == ""
    assert "found no turns" in run("erase", "--data", data, "--channel", "telegram", "--user", "7").stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export"], "store: got none or both of --data and --table, expected one"),
        (["export", "--data", "x", "--table", "y"], "store: got none or both"),
        (["export", "--data", "absent"], "expected the directory that `serve --data` uses"),
        (["erase", "--data", "absent", "--channel", "web", "--user", "7"], "has no assistant.db"),
        (["import", "absent.jsonl", "--data", "new"], "file: got absent.jsonl (No such file or directory)"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 1
    assert told in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_a_line_that_does_not_fit_is_told_with_its_number(data: Path, tmp_path: Path) -> None:
    lines = run("export", "--data", data).stdout.splitlines()
    gap = "\n".join([lines[0], "", lines[2]])
    result = run("import", "--data", tmp_path / "other", input=gap)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: line 3: n: got 3 after turn 1")
    result = run("import", "--data", tmp_path / "other", input="{\n")
    assert result.stderr.startswith("error: line 1: got something that is not JSON")


def test_a_table_that_is_not_there_is_told(cloud: str) -> None:
    result = run("export", "--table", "absent")
    assert (result.exit_code, result.stderr) == (1, "error: sessions: Scan: ResourceNotFoundException\n")


def test_without_a_region_the_cloud_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, cloud: str) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    result = run("export", "--table", "sessions")
    assert result.exit_code == 1
    assert "set AWS_REGION and credentials" in result.stderr
