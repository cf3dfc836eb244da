"""Reads ASSISTANT_* environment variables, and keeps every mistake to be told at once."""

import re
from collections.abc import Mapping


class ConfigError(ValueError):
    """A variable is missing or wrong; the text names it with what was got and expected, on one line."""


class Reader:
    """Reads variables and keeps the mistakes, so that all are told at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.mistakes: list[str] = []

    def text(
        self, name: str, default: str = "", *, pattern: str = r".*", expected: str = "one line of text",
        required: str = "", shown: bool = True,
    ) -> str:  # fmt: skip
        """Text that matches; `required` says what needs it, `shown` whether a mistake may repeat it."""
        value = self._environment.get(f"ASSISTANT_{name}", "")
        if not value:  # an empty variable is an unset one: platforms cannot always leave a variable out
            if required and not default:
                self.wrong(name, "nothing", f"{expected}: {required} needs it")
            return default
        if not re.fullmatch(pattern, value):
            self.wrong(name, repr(value[:80]) if shown else f"{len(value)} characters", expected)
        return value

    def given(self, prefix: str) -> bool:
        """Whether any variable of that beginning is set."""
        return any(name.startswith(f"ASSISTANT_{prefix}") and value for name, value in self._environment.items())

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        value = self.text(name, default)
        if value not in allowed:
            self.wrong(name, repr(value[:80]), f"{', '.join(allowed[:-1])} or {allowed[-1]}")
            return default
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """A number; a whole one when the default is an int."""
        value = self.text(name, str(default))
        whole = isinstance(default, int)
        pattern = r"[0-9]{1,9}" if whole else r"[0-9]{1,9}(\.[0-9]{1,6})?"
        if re.fullmatch(pattern, value) and least <= float(value) <= most:
            return float(value)
        self.wrong(name, repr(value[:80]), f"a {'whole ' if whole else ''}number from {least} to {most}")
        return default

    def wrong(self, name: str, got: str, expected: str) -> None:
        """Keeps a mistake."""
        self.mistakes.append(f"ASSISTANT_{name}: got {got}, expected {expected}")
