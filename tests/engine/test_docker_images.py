"""Images of the Docker stand-in against a real daemon: built, found, kept, removed, looked up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.provider.protocol import ProviderError, Stored
from tests.kit.docker_daemon import Daemon, any_daemon
from tests.kit.docker_provider import Keeper

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with any_daemon() as found:
        yield found


@pytest.fixture
def engine(daemon: Daemon, tmp_path: Path) -> Iterator[Keeper]:
    keeper = Keeper(tmp_path, daemon.host)
    yield keeper
    keeper.clear()


def test_an_image_is_found_kept_and_removed(engine: Keeper, daemon: Daemon) -> None:
    daemon.api.tag(daemon.base_image(), "test-remote", "1")
    made = engine.made("RemoteImage", name="test-remote:1", keepLocally=True)
    assert made.outputs["imageId"] == daemon.api.inspect_image("test-remote:1")["Id"]
    assert made.id == made.outputs["imageId"] + "test-remote:1"
    assert engine.diff("RemoteImage", made, name="test-remote:1", keepLocally=True).changes == {}
    engine.delete("RemoteImage", made)
    assert engine.read("RemoteImage", made) is not None
    loose = engine.updated("RemoteImage", made, name="test-remote:1")
    engine.delete("RemoteImage", loose)
    assert engine.read("RemoteImage", made) is None


def test_a_build_is_told_with_what_failed_and_a_removed_image_is_seen(
    engine: Keeper, daemon: Daemon, tmp_path: Path
) -> None:
    recipe, base = tmp_path / "Dockerfile", daemon.base_image()
    recipe.write_text(f'FROM {base}\nRUN ["/bin/sh", "-c", "echo no room; exit 5"]\n')
    with pytest.raises(ProviderError, match=r"image test-built:1: the build failed: .*code: 5.*no room"):
        engine.made("Image", imageName="test-built:1", skipPush=True)
    recipe.write_text(f'FROM {base} AS first\nARG WORD=none\nRUN ["/bin/true"]\nFROM first AS last\nLABEL a=b\n')
    build = {"target": "first", "args": {"WORD": "some"}}
    made = engine.made("Image", imageName="test-built:1", skipPush=True, build=build)
    held = daemon.api.inspect_image("test-built:1")
    assert (made.id, made.outputs["repoDigest"]) == ("test-built:1", held["Id"])
    assert "a" not in (held["Config"]["Labels"] or {})
    assert engine.read("Image", made) == made
    imported = engine.read("Image", Stored(made.id))
    assert imported is not None
    assert imported.inputs["imageName"] == "test-built:1"
    daemon.api.remove_image("test-built:1", force=True)
    assert engine.read("Image", made) is None


def test_a_preview_can_build_when_it_is_told_to(engine: Keeper, daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {daemon.base_image()}\nLABEL preview=yes\n")
    planned = engine.planned("Image", imageName="test-preview:1", skipPush=True, buildOnPreview=True)
    assert planned["repoDigest"] == daemon.api.inspect_image("test-preview:1")["Id"]
    daemon.api.remove_image("test-preview:1", force=True)


def test_networks_and_images_can_be_looked_up(engine: Keeper, daemon: Daemon) -> None:
    network = engine.made("Network")
    found, _ = engine.provider.invoke(
        "docker:index/getNetwork:getNetwork", {"name": network.outputs["name"]}, preview=True
    )
    assert (found["id"], found["driver"]) == (network.id, "bridge")
    token = "docker:index/getRemoteImage:getRemoteImage"
    image, _ = engine.provider.invoke(token, {"name": daemon.base_image()}, preview=True)
    assert image["id"].startswith("sha256:")
    with pytest.raises(ProviderError, match="name: got nothing-here:1, expected an image that is on this machine"):
        engine.provider.invoke(token, {"name": "nothing-here:1"}, preview=True)
