"""The commands: `serve` runs the assistant on this machine, `chat` talks to a deployed one, `sessions` and `queue` look
after what it keeps."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant.commands import queue, sessions

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(sessions.app, name="sessions")
app.add_typer(queue.app, name="queue")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 chooses a free one.")] = 8080,
    data: Annotated[Path, typer.Option(help="Directory that keeps messages and sessions.")] = Path("data"),
    threads: Annotated[int, typer.Option(min=1, max=256, help="Messages answered at the same time.")] = 8,
) -> None:
    """Run the assistant in one process. The model and the limits come from ASSISTANT_* variables."""
    from assistant.config import ConfigError, read
    from assistant.server import serve as run

    try:
        run(read(os.environ), data, host=host, port=port, threads=threads)
    except ConfigError as error:
        _fail(str(error))


@app.command()
def chat(
    url: Annotated[str, typer.Option(help="The assistant's address.")],
    message: Annotated[str, typer.Option(help="What to say.")],
    deadline: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the reply.")] = 60.0,
    session: Annotated[
        Path | None, typer.Option(help="File that keeps the conversation, to go on with it. Default: a new one.")
    ] = None,
    stream: Annotated[bool, typer.Option("--stream", help="Print the reply as it comes.")] = False,
) -> None:
    """Say MESSAGE and print the reply."""
    from assistant import client

    told: list[str] = []

    def hear(piece: str) -> None:
        told.append(piece)
        sys.stdout.write(piece)
        sys.stdout.flush()

    try:
        with client.Chat(url, client.kept(session)) as talk:
            try:
                reply = talk.ask(message, deadline_s=deadline, hear=hear if stream else None)
            finally:
                client.keep(session, talk.refresh)
    except client.ChatError as error:
        _fail(str(error))
    else:
        # A reply that was begun anew is printed again, whole.
        whole = reply if "".join(told) != reply else ""
        sys.stdout.write(("\n" if told and whole else "") + whole + "\n")


def _fail(line: str) -> None:
    typer.echo(f"error: {' '.join(line.splitlines())}", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
