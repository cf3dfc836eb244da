"""Faults come when they were asked for, and what was made is written down before anybody is told."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.aws.provider import AwsProvider, Options
from sandbox.provider.faults import read_faults
from sandbox.provider.journal import Journal
from sandbox.provider.protocol import ProviderError, Stored
from tests.unit.sandbox_aws.asking import QUEUE, ROLE, resource


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the engine's place, whose id stands in `engine.pid`."""
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    (tmp_path / "engine.pid").write_text(str(process.pid))
    yield process
    process.kill()
    process.wait()
    assert process.stdin
    process.stdin.close()


def _provider(text: str, tmp_path: Path) -> AwsProvider:
    faults = read_faults(text, tmp_path / "engine.pid")
    made = AwsProvider(Options(faults=faults, journal=Journal(tmp_path / "journal")))
    made.configure({"region": "us-east-1"})
    return made


def _journal(tmp_path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()]


def test_the_nth_creation_fails_and_the_others_do_not(tmp_path: Path) -> None:
    provider = _provider("create@2:fail=no quota", tmp_path)
    provider.create(resource(QUEUE, "a"), {}, preview=False)
    with pytest.raises(ProviderError, match=r"^no quota$"):
        provider.create(resource(QUEUE, "b"), {}, preview=False)
    provider.create(resource(QUEUE, "c"), {}, preview=False)
    assert [line["urn"].rpartition("::")[2] for line in _journal(tmp_path)] == ["a", "c"]


def test_previews_are_not_counted(tmp_path: Path) -> None:
    provider = _provider("create@1:fail", tmp_path)
    provider.create(resource(QUEUE), {}, preview=True)
    with pytest.raises(ProviderError, match="failed on request"):
        provider.create(resource(QUEUE), {}, preview=False)


def test_a_rule_for_a_type_leaves_other_types_alone(tmp_path: Path) -> None:
    provider = _provider(f"create:{QUEUE}:fail; update@2:fail", tmp_path)
    id, outputs = provider.create(resource(ROLE), {"assumeRolePolicy": "{}", "name": "r"}, preview=False)
    with pytest.raises(ProviderError):
        provider.create(resource(QUEUE), {}, preview=False)
    provider.update(resource(ROLE), Stored(id, {}, outputs), {"name": "r"}, preview=False)
    with pytest.raises(ProviderError):
        provider.update(resource(ROLE), Stored(id, {}, outputs), {"name": "r"}, preview=False)


def test_a_delay_delays(tmp_path: Path) -> None:
    provider = _provider("create:delay=0.2", tmp_path)
    before = time.monotonic()
    provider.create(resource(QUEUE), {}, preview=False)
    assert time.monotonic() - before >= 0.2


def test_the_engine_is_killed_before_anything_is_made(tmp_path: Path, engine: subprocess.Popen[bytes]) -> None:
    provider = _provider("create@1:kill-engine", tmp_path)
    with pytest.raises(ProviderError, match="before the call"):
        provider.create(resource(QUEUE), {}, preview=False)
    assert engine.wait(10) == -9
    assert _journal(tmp_path) == []


def test_the_engine_is_killed_after_the_creation_is_written_down(
    tmp_path: Path, engine: subprocess.Popen[bytes]
) -> None:
    provider = _provider("create@1:kill-engine-after", tmp_path)
    with pytest.raises(ProviderError, match="after the call"):
        provider.create(resource(QUEUE, "q"), {"name": "q"}, preview=False)
    assert engine.wait(10) == -9
    assert _journal(tmp_path) == [
        {
            "urn": f"urn:pulumi:test::project::{QUEUE}::q",
            "type": QUEUE,
            "id": "https://sqs.us-east-1.amazonaws.com/123456789012/q",
            "action": "create",
        }
    ]


def test_a_deletion_is_written_down(tmp_path: Path) -> None:
    provider = _provider("", tmp_path)
    provider.delete(resource(QUEUE), Stored("id"))
    assert [(line["id"], line["action"]) for line in _journal(tmp_path)] == [("id", "delete")]


def test_without_the_engines_process_id_killing_says_what_is_missing(tmp_path: Path) -> None:
    provider = _provider("create:kill-engine", tmp_path)
    with pytest.raises(ProviderError, match="expected --engine-pid-file to name a file"):
        provider.create(resource(QUEUE), {}, preview=False)


@pytest.mark.parametrize("text", ["create", "create@0:fail", "make:fail", "create:delay", "create:delay=soon", "fail"])
def test_a_rule_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="expected ACTION"):
        read_faults(text)
