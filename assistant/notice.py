"""Shows people that a reply is on its way, where their channel can."""

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from assistant.channels import load
from assistant.channels.contract import Given
from assistant.messages import Message

FIRST_SECONDS = 1.0  # most replies are there before
EVERY_SECONDS = 4.5  # a shown "typing" lasts about five

Working = Callable[[Message], AbstractContextManager[None]]
"""Called with a message; the block makes its reply."""


def silent(message: Message) -> AbstractContextManager[None]:
    """Shows nothing."""
    return nullcontext()


class Notice:
    """Calls `Channel.working` while a reply is made. What goes wrong there is of no consequence."""

    def __init__(
        self, given: Callable[[Message], Given], *, first_s: float = FIRST_SECONDS, every_s: float = EVERY_SECONDS
    ) -> None:
        self._given, self._first_s, self._every_s = given, first_s, every_s

    def __call__(self, message: Message) -> AbstractContextManager[None]:
        """See `Working`."""
        return self._shown(message) if message.address else nullcontext()

    @contextmanager
    def _shown(self, message: Message) -> Generator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._show, args=(message, ended), name="notice", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()

    def _show(self, message: Message, ended: threading.Event) -> None:
        pause = self._first_s
        while not ended.wait(pause):
            try:
                load(message.channel).working(message.address, self._given(message))
            except Exception:
                return
            pause = self._every_s
