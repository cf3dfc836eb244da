"""Both modes of a program, for every test of the recorded graph that wants them."""

import pytest


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def preview(request: pytest.FixtureRequest) -> bool:
    """True for a preview, in which outputs are unknown."""
    return bool(request.param)
