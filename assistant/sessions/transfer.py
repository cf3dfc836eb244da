"""Conversations as lines: how they leave one store and enter another.

One JSON object for each turn, in order, then one for the summary. All have `v` (1), `kind`, `tenant`, `channel`,
`installation`, `conversation` and `expires_at` (epoch seconds). A turn has `n`, `id`, `text`, `reply`, `at`, `error`
and `user`; an empty `id` marks the place of a turn that was erased or has expired. A summary has `upto` and `text`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.messages import conversation_key
from assistant.sessions import Summary, Turn

VERSION = 1
TURNS_AT_ONCE = 25
CHARS_AT_ONCE = 700_000
"""In UTF-8 less than the 4 MB of one transaction."""
LAST = 99_999_999_999
SAID = ("id", "text", "reply", "at", "user")
SHOWN_CHARS = 40


class ImportRefusedError(ValueError):
    """A line cannot be imported; the text begins with its number."""

    safe_to_log = True


@dataclass(frozen=True)
class Line:
    """One line that was read: a turn or a summary."""

    number: int
    """Of the line, from 1."""
    key: str
    expires_at: int
    turn: Turn | None = None
    summary: Summary | None = None

    def refused(self, text: str) -> ImportRefusedError:
        """The error that names this line."""
        return ImportRefusedError(f"line {self.number}: {text}")


def conversation(
    key: str, turns: Iterable[tuple[Turn, int]], summary: tuple[Summary, int] | None
) -> Iterator[dict[str, Any]]:
    """The lines of a conversation. Turns and summary come with their expiry; places between turns are kept."""
    tenant, where, name = key.split("#", 2)
    channel, _, installation = where.partition(".")
    told: dict[str, Any] = {
        "tenant": tenant, "channel": channel, "installation": installation or "main", "conversation": name,
    }  # fmt: skip
    following: int | None = None
    for turn, expires in turns:
        for n in range(following or turn.n, turn.n):
            yield _turn(told, Turn("", "", "", "", n=n), expires)
        yield _turn(told, turn, expires)
        following = turn.n + 1
    if summary is not None:
        kept, expires = summary
        yield {"v": VERSION, "kind": "summary", **told, "upto": kept.upto, "text": kept.text, "expires_at": expires}


def parsed(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The objects in lines of JSON; blank lines are passed over. Raises ImportRefusedError."""
    for number, line in enumerate(lines, 1):
        try:
            read: Any = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            raise ImportRefusedError(f"line {number}: got something that is not JSON, expected an object") from None
        yield read


def batches(lines: Iterable[Mapping[str, Any]]) -> Iterator[list[Line]]:
    """Lines of one conversation that belong into one transaction. Raises ImportRefusedError."""
    batch: list[Line] = []
    chars = 0
    for number, told in enumerate(lines, 1):
        if told == {}:
            continue
        line = _read(number, told)
        more = len(line.turn.text) + len(line.turn.reply) if line.turn else 0
        apart = batch and (line.key != batch[0].key or line.summary is not None or batch[-1].summary is not None)
        if batch and (apart or len(batch) == TURNS_AT_ONCE or chars + more > CHARS_AT_ONCE):
            yield batch
            batch, chars = [], 0
        batch.append(line)
        chars += more
    if batch:
        yield batch


def changes(batch: list[Line], there: Mapping[int, Turn], last: int) -> list[Line]:
    """The turns of a batch that are to be written. `there`: turns that have not expired, by number, and `last` the
    number of the last of them, 0 for none. Raises ImportRefusedError for a turn that does not fit."""
    wanted: list[Line] = []
    known = dict(there)
    answered = {turn.id: turn.n for turn in there.values()}
    for line in batch:
        turn = line.turn
        assert turn is not None
        found = known.get(turn.n)
        if found is not None:
            if _differs(line, turn, found):
                wanted.append(line)
            continue
        if last and turn.n > last + 1:
            raise line.refused(
                f"n: got {turn.n} after turn {last} of this conversation, expected {last + 1}; import the lines that "
                "are missing first"
            )
        if not turn.erased and answered.setdefault(turn.id, turn.n) != turn.n:
            raise answered_elsewhere(line)
        wanted.append(line)
        known[turn.n] = turn
        last = max(last, turn.n)
    return wanted


def answered_elsewhere(line: Line) -> ImportRefusedError:
    """The error for a message that another turn of the conversation answers."""
    return line.refused("id: got a message that another turn answers already, expected one that is not answered")


def _differs(line: Line, turn: Turn, found: Turn) -> bool:
    """True when the turn is to take the place of the one that is there."""
    if turn == found or turn.erased or found.erased:  # what was erased stays erased
        return False
    if found.error and not turn.error and found.id == turn.id:  # a reply that came after all
        return True
    if turn.error and not found.error and found.id == turn.id:
        return False
    raise line.refused(
        f"n: got turn {turn.n} of message {turn.id[:SHOWN_CHARS]}, expected the turn that is there already; import "
        "into a store in which this conversation did not go on"
    )


def _turn(told: Mapping[str, Any], turn: Turn, expires: int) -> dict[str, Any]:
    said = {"n": turn.n, "id": turn.id, "text": turn.text, "reply": turn.reply, "at": turn.at, "error": turn.error}
    return {"v": VERSION, "kind": "turn", **told, **said, "user": turn.user, "expires_at": expires}


def _read(number: int, told: Any) -> Line:
    if not isinstance(told, dict) or told.get("v") != VERSION:
        raise ImportRefusedError(f"line {number}: got another layout, expected an object with v = {VERSION}")
    at = _Fields(number, told)
    parts = [at.text(name, part=True) for name in ("tenant", "channel", "conversation", "installation")]
    line = Line(number, conversation_key(*parts), at.number("expires_at"))
    if told.get("kind") == "summary":
        return replace(line, summary=Summary(at.text("text"), at.number("upto")))
    if told.get("kind") != "turn":
        raise line.refused("kind: got something else, expected turn or summary")
    if not isinstance(told.get("error"), bool):
        raise line.refused("error: got something else, expected true or false")
    said = {name: at.text(name) for name in SAID}
    return replace(line, turn=Turn(**said, error=told["error"], n=at.number("n")))


@dataclass(frozen=True)
class _Fields:
    line: int
    told: Mapping[str, Any]

    def text(self, name: str, *, part: bool = False) -> str:
        value = self.told.get(name)
        expected = "text without #" if part else "text"
        if not isinstance(value, str) or (part and (not value or "#" in value)):
            raise ImportRefusedError(f"line {self.line}: {name}: got {type(value).__name__}, expected {expected}")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ImportRefusedError(
                f"line {self.line}: {name}: got half a surrogate pair, expected text that can be written as UTF-8"
            ) from None
        return value

    def number(self, name: str) -> int:
        value = self.told.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LAST:
            raise ImportRefusedError(
                f"line {self.line}: {name}: got {str(value)[:SHOWN_CHARS]!r}, expected a number from 1"
            )
        return value
