"""How a command gets past what an update that was cut off has left behind."""

import json
import os
import socket
import time
from pathlib import Path

import pytest

from sandbox import backend, paths, recovery
from sandbox.say import SandboxError

STACK = "local"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    monkeypatch.setattr(paths, "RUN", tmp_path / "run")
    return tmp_path


def lock(pid: int, host: str | None = None) -> Path:
    """A lock as the file backend writes it."""
    folder = paths.STATE / ".pulumi" / "locks" / "organization" / backend.project_name() / STACK
    folder.mkdir(parents=True)
    held = {
        "pid": pid,
        "username": "root",
        "hostname": host or socket.gethostname(),
        "timestamp": "2026-01-02T03:04:05Z",
    }
    file = folder / "a.json"
    file.write_text(json.dumps(held))
    return file


def state(*urns: str) -> None:
    """A state in which these creations were going on."""
    file = backend.state_file(STACK)
    file.parent.mkdir(parents=True)
    pending = [{"type": "creating", "resource": {"urn": urn}} for urn in urns]
    file.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": pending}}}))


def journal(*lines: dict[str, str]) -> None:
    recovery.journal_of(STACK).write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def cli(cache: Path) -> Path:
    """A CLI that exports the state above and keeps what it is told to import."""
    script = cache / "pulumi"
    script.write_text(f"""#!/bin/sh
case "$2" in
  export) python3 -c 'import json; s = json.load(open("{backend.state_file(STACK)}"))
print(json.dumps(dict(version=3, deployment=s["checkpoint"]["latest"])))' ;;
  import) cat > {cache}/imported.json ;;
esac
""")
    script.chmod(0o755)
    return script


def imported(cache: Path) -> dict[str, list[dict[str, str]]]:
    """What the state was made."""
    return json.loads((cache / "imported.json").read_text())["deployment"]


def test_the_lock_of_an_update_that_ended_is_taken_over(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock(pid=2**22 + 1)  # above the largest process id there can be
    recovery.release_dead_lock(Path("/bin/true"), STACK, os.environ)
    assert "taking it over" in capsys.readouterr().err


def test_a_process_id_that_another_program_has_now_is_no_living_update(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(pid=os.getpid())  # a test runner, not the engine
    recovery.release_dead_lock(Path("/bin/true"), STACK, os.environ)
    assert "taking it over" in capsys.readouterr().err


@pytest.mark.parametrize(("age_s", "taken"), [(0, False), (60, True)])
def test_half_a_lock_is_being_written_at_first_and_left_behind_later(
    age_s: int, taken: bool, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lock(pid=2**22 + 1)
    file.write_text(file.read_text()[:20])
    at = time.time() - age_s
    os.utime(file, (at, at))
    recovery.release_dead_lock(Path("/bin/true"), STACK, os.environ)
    assert ("taking it over" in capsys.readouterr().err) is taken


def test_the_lock_of_another_machine_is_never_taken(cache: Path) -> None:
    lock(pid=7, host="elsewhere.example")
    with pytest.raises(SandboxError, match=r"locked by process 7 on elsewhere\.example since 03:04:05"):
        recovery.release_dead_lock(Path("/bin/false"), STACK, os.environ)


def test_nothing_is_settled_when_nothing_was_going_on(cache: Path, cli: Path) -> None:
    assert recovery.settle(cli, STACK, os.environ) == []
    state()
    assert recovery.settle(cli, STACK, os.environ) == []
    assert not (cache / "imported.json").exists()


def test_a_creation_that_the_cloud_has_is_kept_and_one_it_never_got_is_dropped(cache: Path, cli: Path) -> None:
    state("urn:a", "urn:b")
    journal({"action": "create", "urn": "urn:a", "id": "id-a"})
    assert recovery.settle(cli, STACK, os.environ) == ["urn:a"]
    assert imported(cache)["resources"] == [{"urn": "urn:a", "id": "id-a", "outputs": {}}]
    assert imported(cache)["pending_operations"] == []


def test_a_state_that_cannot_be_read_is_told_in_one_line(cache: Path) -> None:
    state("urn:a")
    broken = cache / "pulumi"
    broken.write_text("#!/bin/sh\necho 'error: no passphrase' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(SandboxError, match="`pulumi stack export` failed: error: no passphrase"):
        recovery.settle(broken, STACK, os.environ)


def test_what_was_deleted_again_is_not_imported(cache: Path) -> None:
    journal({"action": "create", "urn": "urn:a", "id": "1"}, {"action": "delete", "urn": "urn:a", "id": "1"})
    assert recovery.created_ids(recovery.journal_of(STACK)) == {}


def test_a_journal_line_cut_off_in_the_middle_is_passed_over(cache: Path) -> None:
    recovery.journal_of(STACK).write_text('{"action": "create", "urn": "urn:a", "id": "1"}\n{"action": "cre')
    assert recovery.created_ids(recovery.journal_of(STACK)) == {"urn:a": "1"}
