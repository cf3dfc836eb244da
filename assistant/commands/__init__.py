"""Commands for operators, on the data directory of one machine or on what runs in the cloud."""

from pathlib import Path
from typing import Any, NoReturn

import typer

from assistant.database import FILE, Database

PROGRESS_LINES = 1000


def fail(line: str) -> NoReturn:
    """Ends the command with one line on stderr."""
    typer.echo(f"error: {' '.join(line.splitlines())}", err=True)
    raise typer.Exit(1)


def opened(data: Path, *, make: bool = False) -> Database:
    """The database of a data directory; another process may be using it. Ends the command when there is none."""
    import sqlite3

    path = data / FILE
    try:
        if make:
            data.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            fail(f"data: got {data}, which has no {FILE}, expected the directory that `serve --data` uses")
        return Database(path)
    except (OSError, sqlite3.Error) as error:
        fail(f"data: got {data} ({error}), expected a directory with a readable {FILE}")


def reached(what: str, name: str, make: Any) -> Any:
    """What `make` returns: something in the cloud, whose client needs a region and credentials."""
    from botocore.exceptions import BotoCoreError

    try:
        return make()
    except (BotoCoreError, ValueError) as error:
        fail(f"{what}: got {name}, which cannot be reached ({error}); set AWS_REGION and credentials")


class Progress:
    """Counts lines on stderr."""

    def __init__(self, verb: str) -> None:
        self._verb, self.lines = verb, 0

    def count(self) -> None:
        """One more."""
        self.lines += 1
        if self.lines % PROGRESS_LINES == 0:
            self.tell()

    def tell(self, more: str = "") -> None:
        """Says how many."""
        typer.echo(f"{self._verb} {self.lines} lines{more}", err=True)
