"""Fixtures shared by the engine and behaviour tests: the function package, and one deployment of the local stack."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import paths
from tests.kit.deployment import Deployment

os.environ.setdefault("PULUMI_SKIP_UPDATE_CHECK", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start a Docker daemon of their own take turns: two daemons would fight over the bridge."""
    for item in items:
        if item.get_closest_marker("docker"):
            item.add_marker(pytest.mark.xdist_group("docker"))


@pytest.fixture(scope="session")
def package() -> Path:
    """The functions' package as `make package` builds it; every test that deploys needs it."""
    assert paths.PACKAGE.exists(), f"{paths.PACKAGE} is missing: run `make package`"
    return paths.PACKAGE


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[Deployment]:
    """The local stack, deployed once for all tests that only use it; they must leave it as it was."""
    deployment = Deployment(tmp_path_factory.mktemp("deployed") / "cache")
    done = deployment.up()
    assert done.returncode == 0, done.stdout + done.stderr
    yield deployment
    deployment.end()


@pytest.fixture
def deployment(tmp_path: Path, package: Path) -> Iterator[Deployment]:
    """A local stack of a test's own, not deployed yet."""
    own = Deployment(tmp_path / "cache")
    yield own
    own.end()
