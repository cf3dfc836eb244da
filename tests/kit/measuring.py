"""Reads metrics back, and listens to replies as they come."""

import re
from dataclasses import dataclass, field

from assistant import metrics


def measured(name: str, **labels: str) -> float:
    """The value of a series in this process; 0 when it has none yet."""
    told = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    series = f"{name}{{{told}}}" if told else name
    found = re.search(rf"^{re.escape(series)} (\S+)$", metrics.exposition()[0].decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


@dataclass
class Heard:
    """A `Progress` that keeps what it is told."""

    pieces: list[str] = field(default_factory=list)
    restarts: int = 0

    def text(self, more: str) -> None:
        self.pieces.append(more)

    def restart(self) -> None:
        self.restarts += 1
        self.pieces.clear()

    @property
    def whole(self) -> str:
        """What a reader has before them."""
        return "".join(self.pieces)
