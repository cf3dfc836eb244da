"""The compiled cryptography in the functions' package: for both processors, by its hash, fetched once."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assistant import native, package, wheels

ROOT = Path(__file__).parents[3]
ELF_MACHINE = {"aarch64": 0xB7, "x86_64": 0x3E}
# Decrypts a published callback of WeCom, and verifies the signature of RFC 8032, section 7.1, test 2.
USED = """
import sys; sys.path[:] = [{place!r}] + [p for p in sys.path if 'site-packages' not in p]
from assistant.channels.callback_crypto import CorpCipher
cipher = CorpCipher('QDG6eK', 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', 'wx5823bf96d3bd56c7')
echo = 'P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=='
print(cipher.decrypt(echo).decode())
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
key = eddsa.import_public_key(bytes.fromhex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'))
signature = bytes.fromhex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c'
    '387b2eaeb4302aeeb00d291612bb0c00')
for message in (b'\\x72', b'\\x73'):
    try:
        eddsa.new(key, 'rfc8032').verify(message, signature)
        print('verified')
    except ValueError:
        print('refused')
print({{m.__file__.startswith({place!r} + '/native/') for n, m in sys.modules.items() if n.startswith('Crypto')}})
"""


def held(processor: str) -> dict[str, bytes]:
    """Name -> bytes of what the package has for one processor."""
    start = f"native/{processor}/"
    return {name.removeprefix(start): content for name, content in wheels.contents() if name.startswith(start)}


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The package as a function finds it: readable, and nothing in it may be executed or written."""
    built = tmp_path / "assistant.zip"
    package.build(built)
    place = tmp_path / "task"
    zipfile.ZipFile(built).extractall(place)
    for path in place.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return place


@pytest.mark.skipif(os.uname().machine not in wheels.PROCESSORS, reason="needs a processor that functions run on")
@pytest.mark.skipif(sys.platform != "linux", reason="needs the system that functions run on")
def test_callbacks_are_decrypted_and_signatures_verified_with_the_package_alone(unpacked: Path) -> None:
    command = [sys.executable, "-I", "-S", "-B", "-c", USED.format(place=str(unpacked))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["1616140317555161061", "verified", "refused", "{True}"]


@pytest.mark.parametrize("processor", wheels.PROCESSORS)
def test_each_processor_gets_its_own_code(processor: str) -> None:
    compiled = {name: content for name, content in held(processor).items() if name.endswith(".so")}
    assert len(compiled) >= 8
    for name, content in compiled.items():
        assert content[:4] == b"\x7fELF", name
        assert int.from_bytes(content[18:20], "little") == ELF_MACHINE[processor], name


@pytest.mark.parametrize("processor", wheels.PROCESSORS)
def test_what_a_module_cannot_be_imported_without_is_there_for_each_processor(processor: str) -> None:
    files = held(processor)
    assert {name.removesuffix(".py") for name in files if name.endswith(".py")} == wheels.MODULES
    for name, content in files.items():
        # Only what is loaded while a module is imported, and on every processor, is assigned at the start of a line.
        needed = re.findall(rb'^\w+ = load_pycryptodome_raw_lib\(\s*"([\w.]+)"', content, re.MULTILINE)
        for library in needed:
            assert library.decode().replace(".", "/") + ".abi3.so" in files, f"{name} needs {library.decode()}"


def test_both_processors_run_the_same_python() -> None:
    one, other = (
        {name: content for name, content in held(processor).items() if name.endswith(".py")}
        for processor in wheels.PROCESSORS
    )
    assert one == other


def test_it_is_the_version_that_everything_else_is_tested_with() -> None:
    [pinned] = re.findall(r"^pycryptodome==(\S+)", wheels.PINNED.read_text(), re.MULTILINE)
    assert f"\npycryptodome=={pinned}\n" in (ROOT / "requirements-dev.txt").read_text()


class Index:
    """In place of pip: puts the real wheels where they are wanted."""

    def __init__(self, real: list[Path]) -> None:
        self.real = real
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        platform = command[command.index("--platform") + 1].removeprefix("manylinux2014_")
        for wheel in self.real:
            if wheel.name.endswith(f"{platform}.whl"):
                shutil.copy(wheel, command[command.index("--dest") + 1])
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Index:
    """The real wheels are kept already, and nothing but this can be asked for others."""
    list(wheels.contents())
    capsys.readouterr()
    index = Index(sorted(wheels.CACHE.glob("*.whl")))
    monkeypatch.setattr(wheels.subprocess, "run", index)
    return index


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in place of the real one."""
    monkeypatch.setattr(wheels, "CACHE", tmp_path / "wheels")
    return tmp_path / "wheels"


def test_wheels_that_are_kept_are_not_fetched_again(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    assert dict(wheels.contents())
    assert (index.commands, capsys.readouterr().err) == ([], "")


def test_an_empty_cache_is_filled_once_with_a_line_for_each_wheel(
    index: Index, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (dict(wheels.contents()) for _ in range(2))
    assert first == second
    assert capsys.readouterr().err.splitlines() == [
        f"fetching pycryptodome for {processor} functions; this is done once" for processor in wheels.PROCESSORS
    ]
    for command in index.commands:
        assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} <= set(command)
    assert len(list(cache.iterdir())) == 2


def test_a_kept_wheel_that_is_not_the_pinned_one_counts_as_none(index: Index, cache: Path) -> None:
    pinned = dict(wheels.contents())
    [changed] = cache.glob("*aarch64.whl")
    changed.write_bytes(changed.read_bytes() + b"x")
    assert dict(wheels.contents()) == pinned
    assert len(index.commands) == 3


def test_a_wheel_that_cannot_be_had_is_told_in_one_line(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_index(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "WARNING: retrying\nERROR: no connection\n")

    monkeypatch.setattr(wheels.subprocess, "run", no_index)
    assert package.main([str(tmp_path / "out.zip")]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("error: pycryptodome for aarch64: got ERROR: no connection, expected a wheel; ")
    assert list(cache.iterdir()) == []
    assert not (tmp_path / "out.zip").exists()


def test_without_the_package_s_folder_the_path_of_imports_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not native.FOLDER.exists()
    before = list(sys.path)
    native.use()
    assert sys.path == before


def test_the_folder_is_put_on_the_path_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "native").mkdir()
    monkeypatch.setattr(native, "FOLDER", tmp_path / "native")
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = len(sys.path)
    for _ in range(2):
        native.use()
    assert sys.path[0] == str(tmp_path / "native" / os.uname().machine)
    assert len(sys.path) == before + 1
