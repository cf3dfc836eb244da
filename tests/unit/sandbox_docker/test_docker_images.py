"""Images in plans: the same context means no change, everything else a new build."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.provider.protocol import Kind, Stored
from sandbox.provider.values import UNKNOWN, Secret
from tests.kit.docker_provider import Engine

APP: dict[str, Any] = {"context": "app", "dockerfile": "app/Dockerfile"}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    app = tmp_path / "app"
    (app / "logs").mkdir(parents=True)
    (app / "Dockerfile").write_text("FROM scratch\nCOPY main.py /\n")
    (app / "main.py").write_text("print('hello')\n")
    (app / ".dockerignore").write_text("# not for the image\nlogs\n")
    return Engine(tmp_path)


def built(engine: Engine, **news: Any) -> Stored:
    """An image as the state holds it after its creation."""
    inputs = engine.inputs("Image", **{"imageName": "app:1", "build": APP, "skipPush": True, **news})
    return Stored("app:1", inputs, {"imageName": "app:1", "repoDigest": "sha256:" + "1" * 64})


def changes(engine: Engine, old: Stored, **news: Any) -> dict[str, Kind]:
    return dict(engine.diff("Image", old, **{"imageName": "app:1", "build": APP, "skipPush": True, **news}).changes)


def test_an_unchanged_context_is_no_difference(engine: Engine, tmp_path: Path) -> None:
    old = built(engine)
    (tmp_path / "app" / "main.py").touch()  # a time is no content
    (tmp_path / "app" / "logs" / "today").write_text("ignored")
    assert changes(engine, old) == {}


@pytest.mark.parametrize("change", ["content", "name", "mode", "Dockerfile", "ignore file"])
def test_a_changed_context_builds_anew_in_place(engine: Engine, tmp_path: Path, change: str) -> None:
    old, app = built(engine), tmp_path / "app"
    if change == "mode":
        (app / "main.py").chmod(0o755)
    elif change == "name":
        (app / "main.py").rename(app / "other.py")
    else:
        file = {"content": "main.py", "Dockerfile": "Dockerfile", "ignore file": ".dockerignore"}[change]
        (app / file).write_text("FROM scratch\n")
    assert changes(engine, old) == {"build": Kind.UPDATE}


def test_arguments_and_names_are_differences_and_credentials_are_not(engine: Engine) -> None:
    old = built(engine, registry={"server": "r.example", "username": "a", "password": Secret("b")})
    same = {"registry": {"server": "r.example", "username": "c", "password": Secret("d")}}
    assert changes(engine, old, **same) == {}
    assert changes(engine, old, build={**APP, "args": {"A": "1"}}, **same) == {"build": Kind.UPDATE}
    assert changes(engine, old, imageName="app:2", **same) == {"imageName": Kind.UPDATE}
    assert changes(engine, old) == {"registry": Kind.DELETE}


def test_a_preview_knows_the_name_and_not_the_digest(engine: Engine) -> None:
    planned = engine.planned("Image", imageName="app:1", build=APP)
    assert (planned["imageName"], planned["baseImageName"], planned["repoDigest"]) == ("app:1", "app:1", UNKNOWN)
    old = built(engine)
    news = engine.check("Image", {"imageName": "app:1", "build": {**APP, "args": {"A": "1"}}}, old.inputs).inputs
    assert engine.provider.update(engine.resource("Image"), old, news, preview=True)["repoDigest"] is UNKNOWN


def test_unknown_arguments_leave_the_digest_of_the_context_known(engine: Engine) -> None:
    inputs = engine.inputs("Image", imageName=UNKNOWN, build={**APP, "args": {"A": UNKNOWN}})
    assert len(inputs["build"]["contextDigest"]) == 64
    assert engine.planned("Image", imageName="app:1", build={"context": UNKNOWN})["repoDigest"] is UNKNOWN


@pytest.mark.parametrize(
    ("build", "said"),
    [
        ({"context": "app", "dockerfile": "Dockerfile"}, "build.dockerfile: got Dockerfile, expected a file"),
        ({"context": "app", "dockerfile": "Dockerfile"}, "did you mean app/Dockerfile?"),
        ({"context": "ap"}, "build.context: got ap, expected a directory"),
    ],
)
def test_a_context_or_dockerfile_that_is_not_there_is_told(engine: Engine, build: Any, said: str) -> None:
    (mistake,) = engine.mistakes("Image", imageName="app:1", build=build)
    assert said in mistake


def test_a_preview_needs_no_daemon_and_an_update_says_that_it_needs_one(engine: Engine) -> None:
    assert engine.planned("Image", imageName="app:1", build=APP)["imageName"] == "app:1"
    with pytest.raises(Exception, match=r"no Docker daemon at unix:///nowhere/docker.sock: .*point docker:host") as got:
        engine.made("Volume")
    assert "\n" not in str(got.value)
