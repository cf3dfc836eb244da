"""Assets give their bytes, and archives the same zip for the same files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from sandbox.provider.assets import AssetRef


def _names(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_directory_becomes_a_zip_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "main.py").write_text("x")
    (tmp_path / "top.txt").write_text("y")
    archive = AssetRef("archive", path=str(tmp_path))
    assert _names(archive.read()) == {"pkg/main.py": b"x", "top.txt": b"y"}
    assert archive.read() == archive.read()


def test_a_zip_file_is_passed_on_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("main.py", "x")
    assert AssetRef("archive", path=str(file)).read() == file.read_bytes()


def test_parts_of_an_archive_keep_their_names(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.py").write_text("a")
    archive = AssetRef(
        "archive",
        assets={"main.py": AssetRef("asset", text="x"), "lib": AssetRef("archive", path=str(tmp_path / "lib"))},
    )
    assert _names(archive.read()) == {"main.py": b"x", "lib/a.py": b"a"}


def test_an_asset_that_is_only_an_address_says_so() -> None:
    with pytest.raises(OSError, match="expected a path or a text"):
        AssetRef("asset", uri="https://example.com/a").read()
