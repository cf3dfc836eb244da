"""Reads WeCom's XML, which comes before anything is proven: no document types, no entities, no depth, a limit."""

from typing import NoReturn
from xml.parsers import expat

from assistant.channels.contract import RefusedError

MOST_BYTES = 100_000
DEPTH = 2  # the fields below the root


def read(body: bytes) -> dict[str, str]:
    """Field -> text for the fields right below the root. Raises RefusedError (400; 413 above 100,000 bytes)."""
    if len(body) > MOST_BYTES:
        raise RefusedError(f"body: got more than {MOST_BYTES} bytes, expected at most {MOST_BYTES}", 413)
    reader = _Reader()
    try:
        # Decoded here, so that the encoding that the document claims to have is of no consequence.
        reader.parser.Parse(body.decode("utf-8"), True)
    except (expat.ExpatError, UnicodeDecodeError):
        raise RefusedError("body: got something that is not XML, expected XML", 400) from None
    return reader.fields


class _Reader:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._open: list[str] = []
        self._text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        # Entities can only be declared inside of a document type; that they are handled too is for good measure.
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse

    def _start(self, name: str, attributes: object) -> None:
        self._open.append(name)
        if len(self._open) == DEPTH:
            self._text = []

    def _data(self, text: str) -> None:
        if len(self._open) == DEPTH:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if len(self._open) == DEPTH:
            if name in self.fields:
                raise RefusedError("body: got a field twice, expected it once", 400)
            self.fields[name] = "".join(self._text)
        self._open.pop()

    def _refuse(self, *declared: object) -> NoReturn:
        raise RefusedError("body: got a document type, expected XML without one", 400)
