"""The commands: `python -m assistant serve` runs the assistant on this machine, `chat` talks to a deployed one."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


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
    conversation: Annotated[str, typer.Option(help="Go on with this conversation. Default: a new one.")] = "",
) -> None:
    """Say MESSAGE and print the reply."""
    from assistant.client import Chat, ChatError, new_id

    try:
        with Chat(url, conversation or new_id()) as talk:
            reply = talk.ask(message, deadline_s=deadline)
    except ChatError as error:
        _fail(str(error))
    else:
        sys.stdout.write(reply + "\n")


def _fail(line: str) -> None:
    typer.echo(f"error: {' '.join(line.splitlines())}", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
