"""Both modes of a program, for every test of the recorded graph that wants them."""

import asyncio
import contextlib
from collections.abc import Iterator

import pytest


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def preview(request: pytest.FixtureRequest) -> bool:
    """True for a preview, in which outputs are unknown."""
    return bool(request.param)


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """An event loop for tests that make outputs outside of a recorded program."""
    with contextlib.closing(asyncio.new_event_loop()) as own:
        asyncio.set_event_loop(own)
        yield
        asyncio.set_event_loop(None)
