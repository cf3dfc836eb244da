"""Where the Pulumi CLI comes from, and what a person is told when there is none."""

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox import engine, paths, release
from sandbox.say import SandboxError

PINNED = engine.pinned_version()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a PATH on which there is neither a CLI nor Go."""
    for name in ("BIN", "HOST"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    monkeypatch.setenv("PATH", f"/bin{os.pathsep}{tmp_path / 'path'}")
    return tmp_path


def program(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def cli(path: Path, version: str) -> Path:
    """Something that says its version as the CLI does."""
    return program(path, f"echo v{version}")


def no_release(version: str, target: Path) -> None:
    raise release.DownloadError("https://get.pulumi.com could not be fetched")


def test_a_cli_on_path_in_the_version_range_is_used_with_its_own_language_host(cache: Path) -> None:
    expected = cli(cache / "path" / "pulumi", "3.240.1")
    program(cache / "path" / "pulumi-language-python", "true")
    found = engine.provide()
    assert (found.cli, found.version, found.origin, found.host_directory) == (expected, "3.240.1", "PATH", None)


def test_a_cli_on_path_that_is_too_old_is_named_and_left_alone(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli(cache / "path" / "pulumi", "3.1.0")
    cached = cli(paths.BIN / "pulumi", PINNED)
    (paths.BIN / engine.SHIM).touch()
    assert engine.provide().cli == cached
    assert "got 3.1.0, expected 3.230.0 to below 4.0.0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "usable"),
    [
        ("3.230.0", True),
        ("3.229.9", False),
        ("3.999.0", True),
        ("4.0.0", False),
        ("3.256.0-alpha.1", True),
        ("dev", False),
    ],
)
def test_the_version_range_has_sharp_ends(version: str, usable: bool) -> None:
    assert engine.in_range(version) is usable


def test_the_stand_in_language_host_is_put_beside_our_own_cli_only(cache: Path) -> None:
    cli(cache / "path" / "pulumi", "3.240.1")
    paths.BIN.mkdir(parents=True)
    (paths.BIN / engine.SHIM).touch()
    found = engine.provide()
    assert found.host_directory == paths.HOST
    assert sorted(entry.name for entry in (cache / "path").iterdir()) == ["pulumi"]
    assert "sandbox.language_host" in (paths.HOST / "pulumi-language-python").read_text()


def test_a_cached_cli_of_another_version_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli(paths.BIN / "pulumi", "3.231.0")
    monkeypatch.setattr(release, "download", no_release)
    with pytest.raises(SandboxError):
        engine.provide()


def test_without_cli_go_and_network_the_answer_says_what_to_install(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "download", no_release)
    with pytest.raises(SandboxError) as told:
        engine.provide()
    line = str(told.value)
    assert "\n" not in line
    assert "Go is not installed" in line
    assert f"Pulumi CLI {PINNED}" in line


def test_a_go_that_is_too_old_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(cache / "path" / "go", "echo go1.20.3")
    monkeypatch.setattr(release, "download", no_release)
    with pytest.raises(SandboxError, match=r"Go: got go1\.20\.3, expected go1\.25 or newer"):
        engine.provide()


def archive() -> bytes:
    """A release archive with two programs in it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name in ("pulumi", "pulumi-language-python"):
            data = f"#!/bin/sh\necho v{PINNED}\n".encode()
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))
    return packed.getvalue()


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[str]:
    """A release site on loopback that publishes the checksum given as parameter, or the right one."""
    body = archive()
    checksum = getattr(request, "param", hashlib.sha256(body).hexdigest())

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            listed = "\n".join(
                f"{checksum}  pulumi-v{PINNED}-{s}-{m}.tar.gz" for s in ("linux", "darwin") for m in ("x64", "arm64")
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(listed.encode() if name.endswith(".txt") else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_release_whose_checksum_is_right_is_unpacked(site: str, tmp_path: Path) -> None:
    release.download(PINNED, tmp_path / "bin", archives=site, checksums=site)
    assert engine.version_of(tmp_path / "bin" / "pulumi") == PINNED
    assert os.access(tmp_path / "bin" / "pulumi-language-python", os.X_OK)


@pytest.mark.parametrize("site", ["0" * 64], indirect=True)
def test_a_release_whose_checksum_is_wrong_leaves_nothing(site: str, tmp_path: Path) -> None:
    with pytest.raises(release.DownloadError, match="expected 000000"):
        release.download(PINNED, tmp_path / "bin", archives=site, checksums=site)
    assert not (tmp_path / "bin").exists()
