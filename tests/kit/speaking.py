"""A model that says its reply piece by piece, each when the test lets it."""

import threading
from dataclasses import dataclass, field

from assistant.models import ModelError, Progress, Prompt, Reply

WAIT_SECONDS = 20


@dataclass
class Stepwise:
    """Says `pieces`, one for each `step`; "fail" in a message makes its first attempt end after the first piece."""

    pieces: tuple[str, ...] = ("Once upon a time ", "there was a model ", "that spoke 🎈 slowly ", "to the end.")
    _steps: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    attempts: int = 0

    @property
    def whole(self) -> str:
        """The reply."""
        return "".join(self.pieces)

    def step(self, count: int = 1) -> None:
        """Lets it say the next pieces."""
        self._steps.release(count)

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        """See `Model`."""
        self.attempts += 1
        for said, piece in enumerate(self.pieces):
            if not self._steps.acquire(timeout=WAIT_SECONDS):
                raise ModelError("model: nobody let it speak")
            if said and "fail" in prompt.text and self.attempts == 1:
                raise ModelError("model: told to fail")
            if progress is not None:
                progress.text(piece)
        return Reply(self.whole, "stepwise")
