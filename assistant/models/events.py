"""Server-sent events as models stream them."""

from collections.abc import Iterable, Iterator


def data(parts: Iterable[bytes]) -> Iterator[str]:
    """The data of each event, in order. Parts may be cut anywhere, even within a character."""
    held: list[str] = []
    for line in _lines(parts):
        if not line:
            if held:
                yield "\n".join(held)
            held = []
        elif line.startswith("data:"):
            held.append(line[5:].removeprefix(" "))
    if held:  # the connection's end may come in place of the last empty line
        yield "\n".join(held)


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    pending = bytearray()
    for part in parts:
        pending += part
        *whole, rest = pending.split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
        pending = rest
    if pending:
        yield pending.decode("utf-8", "replace")
