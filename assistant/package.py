"""Builds the functions' package: `python -m assistant.package OUT.zip`. The same sources always give the same bytes."""

import hashlib
import importlib.metadata
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from assistant import wheels

DEPENDENCIES = (
    "anyio", "certifi", "h11", "httpcore", "httpx", "idna", "markdown-it-py", "mdurl", "PyJWT", "typing_extensions",
)  # fmt: skip
"""What the modules inside import, all of it pure Python. botocore is part of the functions' runtime."""

LEFT_OUT = {
    "__main__.py", "client.py", "package.py", "wheels.py", "server.py", "workers.py", "machine.py", "database.py",
    "deliveries.py", "commands/__init__.py", "commands/queue.py", "commands/sessions.py", "measured/prometheus.py",
    "streaming/broker.py", "streaming/sse.py", "queue/tables.py", "cache/valkey.py",
}  # fmt: skip
"""Parts of the application that only a machine of one's own needs; besides them, whatever keeps things in SQLite."""

KEPT_SUFFIXES = {".py", ".html", ".css", ".js", ".pem"}
NOT_RUN = (".dist-info/", "/tests/")
LICENCE = re.compile(r"[^/]+\.dist-info/(?:licenses/.*|(?:LICEN[CS]E|COPYING|NOTICE)[^/]*)")
SOURCES = Path(__file__).parent
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time that the format can tell
MOST_BYTES = 6_000_000


class PackageError(RuntimeError):
    """The package cannot be built; one line that says why."""


def contents() -> dict[str, bytes]:
    """Name in the package -> bytes. Raises PackageError when a dependency is missing or is not pure Python."""
    found = {f"assistant/{name}": path for name, path in _own()}
    for dependency in DEPENDENCIES:
        found |= dict(_installed(dependency))
    try:
        return {name: path.read_bytes() for name, path in found.items()} | dict(wheels.contents())
    except wheels.WheelError as error:
        raise PackageError(str(error)) from None


def build(target: Path) -> tuple[int, str]:
    """Writes the package and returns (size in bytes, SHA-256 in hexadecimal). Raises PackageError."""
    held = sorted(contents().items())
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
            for name, content in held:
                entry = zipfile.ZipInfo(name, LONG_AGO)
                entry.external_attr = 0o100644 << 16  # readable by the functions' user, whatever the umask here
                entry.create_system = 3
                package.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
        made = fresh.read_bytes()
        if len(made) > MOST_BYTES:
            raise PackageError(f"{target}: got {len(made)} bytes, expected at most {MOST_BYTES}")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return len(made), hashlib.sha256(made).hexdigest()


def _own() -> Iterator[tuple[str, Path]]:
    for path in SOURCES.rglob("*"):
        name = path.relative_to(SOURCES).as_posix()
        if (
            name not in LEFT_OUT
            and not path.name.startswith("sqlite")
            and path.suffix in KEPT_SUFFIXES
            and path.is_file()
        ):
            yield name, path


def _installed(dependency: str) -> Iterator[tuple[str, Path]]:
    try:
        files = importlib.metadata.files(dependency)
    except importlib.metadata.PackageNotFoundError:
        files = None
    if not files:
        raise PackageError(f"{dependency}: got nothing, expected it installed; run `make` to install the dependencies")
    for file in files:
        name = file.as_posix()
        if name.endswith((".so", ".pyd")):
            raise PackageError(
                f"{dependency}: got {name}, expected pure Python: the functions run on another processor"
            )
        if LICENCE.fullmatch(name):
            yield f"licenses/{dependency}/{file.name}", Path(str(file.locate()))
        elif (
            file.suffix in KEPT_SUFFIXES
            and not name.startswith((".", "/"))
            and not any(part in name for part in NOT_RUN)
        ):
            yield name, Path(str(file.locate()))


def main(arguments: list[str]) -> int:
    """Prints the package's path, size and SHA-256. Exit code 1 with one line on stderr when it cannot be built."""
    if len(arguments) != 1 or not arguments[0].endswith(".zip"):
        print("error: usage: python -m assistant.package OUT.zip", file=sys.stderr)
        return 2
    try:
        size, digest = build(Path(arguments[0]))
    except (PackageError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{arguments[0]} {size} bytes sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
