"""`python -m assistant sessions`: take conversations from one store to another, and forget a person."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from assistant.commands import Progress, fail, opened, reached

app = typer.Typer(no_args_is_help=True, help=__doc__)

Data = Annotated[Path | None, typer.Option(help="Data directory of `serve`.")]
Table = Annotated[str, typer.Option(help="DynamoDB table of sessions; region and credentials as AWS_* variables.")]


@app.command("export")
def export(
    file: Annotated[str, typer.Argument(help="File to write; - is the standard output.")] = "-",
    data: Data = None, table: Table = "",
    tenant: Annotated[str, typer.Option(help="Only this tenant. Default: all.")] = "",
) -> None:  # fmt: skip
    """Write all turns and summaries as JSON lines."""
    progress = Progress("exported")
    with _store(data, table) as store, _written(file) as target:
        for line in store.export(tenant or None):
            target.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            progress.count()
    progress.tell()


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="File to read; - is the standard input.")] = "-",
    data: Data = None, table: Table = "",
) -> None:  # fmt: skip
    """Store what `export` wrote. Doing it again changes nothing."""
    from assistant.sessions.transfer import parsed

    progress = Progress("imported")

    def counted(lines: Iterable[Any]) -> Iterable[Any]:
        for line in lines:
            yield line
            progress.count()

    with _store(data, table, make=True) as store, _read(file) as source:
        changed = store.import_(counted(parsed(source)))
    progress.tell(f", {changed} of them new")


@app.command("erase")
def erase(
    channel: Annotated[str, typer.Option(help="The person's channel; NAME.INSTALLATION where it has several.")],
    user: Annotated[str, typer.Option(help="Who, as the channel calls them.")],
    data: Data = None, table: Table = "",
    tenant: Annotated[str, typer.Option(help="Whose assistant.")] = "default",
) -> None:  # fmt: skip
    """Forget what one person said and was told. It cannot be taken back."""
    with _store(data, table) as store:
        turns = store.erase(tenant, channel, user)
    told = f"erased {turns} turns" if turns else "found no turns of this person; check --tenant, --channel and --user"
    typer.echo(told, err=True)


@contextlib.contextmanager
def _store(data: Path | None, table: str, *, make: bool = False) -> Generator[Any]:
    import sqlite3

    from assistant.sessions import SessionsUnavailableError
    from assistant.sessions.transfer import ImportRefusedError

    if (data is None) == (not table):
        fail("store: got none or both of --data and --table, expected one")
    try:
        with _sqlite(data, make) if data is not None else _dynamodb(table) as store:
            yield store
    except (SessionsUnavailableError, ImportRefusedError) as error:
        fail(str(error))
    except sqlite3.Error as error:
        fail(f"data: got {data} ({error}), expected a file that can be used")


@contextlib.contextmanager
def _sqlite(data: Path, make: bool) -> Generator[Any]:
    from assistant.sessions.sqlite import SqliteSessions

    database = opened(data, make=make)
    try:
        yield SqliteSessions(database)
    finally:
        database.close()


@contextlib.contextmanager
def _dynamodb(table: str) -> Generator[Any]:
    from assistant.sessions.dynamodb import DynamoSessions

    yield reached("table", table, lambda: DynamoSessions(table))


@contextlib.contextmanager
def _written(file: str) -> Generator[TextIO]:
    """A file that is there when it is whole, readable by its owner only: it holds what people wrote."""
    if file == "-":
        yield sys.stdout
        return
    path = Path(file)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        fail(f"file: got {file} ({error.strerror}), expected a file that can be written")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as target:
            yield target
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _read(file: str) -> Generator[TextIO]:
    if file == "-":
        yield sys.stdin
        return
    try:
        handle = os.open(file, os.O_RDONLY)
    except OSError as error:
        fail(f"file: got {file} ({error.strerror}), expected a file that can be read")
    # A line that is not UTF-8 is refused with its number, where lines are read.
    with os.fdopen(handle, encoding="utf-8", errors="surrogateescape") as source:
        yield source
