"""Secrets are read by reference, kept for a while, and never shown."""

import uuid
from pathlib import Path

import pytest

from assistant import aws, secrets
from assistant.secrets import SecretUnavailableError


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    secrets._cache.clear()


def test_each_source_gives_its_secret_without_surrounding_blanks(cloud: str, tmp_path: Path) -> None:
    name = f"key-{uuid.uuid4().hex}"
    arn = aws.client("secretsmanager").create_secret(Name=name, SecretString="one\n")["ARN"]
    aws.client("ssm").put_parameter(Name=f"/{name}", Value=" two", Type="SecureString")
    (tmp_path / "key").write_text("three\n")
    assert secrets.resolve(f"secretsmanager:{name}") == "one"
    assert secrets.resolve(f"secretsmanager:{arn}") == "one"
    assert secrets.resolve(f"ssm:/{name}") == "two"
    assert secrets.resolve(f"file:{tmp_path / 'key'}") == "three"


def test_a_secret_is_kept_until_it_is_forgotten_or_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("old")
    reference = f"file:{file}"
    assert secrets.resolve(reference) == "old"
    file.write_text("new")
    assert secrets.resolve(reference) == "old"
    secrets.forget(reference)
    assert secrets.resolve(reference) == "new"
    file.write_text("newest")
    later = secrets.time.monotonic() + secrets.CACHE_SECONDS + 1
    monkeypatch.setattr(secrets.time, "monotonic", lambda: later)
    assert secrets.resolve(reference) == "newest"


def test_a_missing_secret_is_told_by_its_reference(cloud: str) -> None:
    with pytest.raises(SecretUnavailableError, match="secretsmanager:absent: got ResourceNotFoundException"):
        secrets.resolve("secretsmanager:absent")
    with pytest.raises(SecretUnavailableError, match="file:/absent: got FileNotFoundError"):
        secrets.resolve("file:/absent")


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" \n")
    with pytest.raises(SecretUnavailableError, match="got an empty secret"):
        secrets.resolve(f"file:{tmp_path / 'key'}")


@pytest.mark.parametrize("reference", ["sk-very-secret", "vault:sk-very-secret", "file:", ""])
def test_what_is_no_reference_is_refused_and_not_repeated(reference: str) -> None:
    with pytest.raises(SecretUnavailableError) as told:
        secrets.resolve(reference)
    assert "very-secret" not in str(told.value)
    assert "expected secretsmanager:NAME, ssm:NAME or file:PATH" in str(told.value)
