"""Tells the pieces of a reply while it comes; what has been told can be taken back."""

from assistant import log
from assistant.models import Progress


class Telling:
    """A `Progress` around another, or around nobody. Whoever listens cannot make a reply fail."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._told = False

    @property
    def listening(self) -> bool:
        """Whether anybody wants the pieces."""
        return self._progress is not None

    @property
    def told(self) -> bool:
        """Whether pieces have been told that were not taken back."""
        return self._told

    def text(self, more: str) -> None:
        """See `Progress`."""
        if self._progress is not None and more:
            self._told = True
            self._call(self._progress, more.encode("utf-8", "replace").decode())  # half a character cannot be sent on

    def restart(self) -> None:
        """See `Progress`; nobody is told when there is nothing to take back."""
        if self._progress is not None and self._told:
            self._told = False
            self._call(self._progress, None)

    def _call(self, progress: Progress, more: str | None) -> None:
        try:
            if more is None:
                progress.restart()
            else:
                progress.text(more)
        except Exception as failed:
            log.failure("nobody hears the reply as it comes", failed)
            self._progress = None
