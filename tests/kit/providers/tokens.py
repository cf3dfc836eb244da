"""Access tokens of providers in tests: kept until they are dropped or the time that they were given is over."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class KeptTokens:
    """The `Tokens` protocol with a clock that is moved by hand."""

    at: float = 0.0
    kept: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])
    lives: list[float] = field(default_factory=list[float])
    """For how many seconds each token was given."""

    def get(self, key: str, fetch: Callable[[], tuple[str, float]]) -> str:
        if key not in self.kept or self.kept[key][1] <= self.at:
            token, lives = fetch()
            self.lives.append(lives)
            self.kept[key] = (token, self.at + lives)
        return self.kept[key][0]

    def drop(self, key: str) -> None:
        self.kept.pop(key, None)
