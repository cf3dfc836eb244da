"""The library from outside: the examples deploy and answer, from a wheel in an environment without anything of ours."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from sandbox import engine, paths
from sandbox.providers import Running, StandIn
from tests.kit.chat import Conversation
from tests.kit.deployment import Deployment
from tests.kit.engine import Project

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The components' wheel, built as it is published."""
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(out),
        str(paths.ROOT / "components"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def empty_environment(folder: Path, wheel: Path) -> Path:
    """A virtualenv with the wheel; what the wheel depends on is borrowed, so that no registry has to be asked."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # Only the folder: its own .pth files, through which our packages are importable for development, are not read.
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-index",
        "--no-deps",
        "--quiet",
        str(wheel),
    ]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Deployment]:
    """An embedded cloud of the test's own."""
    own = Deployment(tmp_path / "cloud-cache")
    started = own.python("sandbox", "cloud", "start")
    assert started.returncode == 0, started.stderr
    yield own
    own.end()


def deploy_and_chat(project: Project, cloud: Deployment, package: Path, tmp_path: Path) -> None:
    """Preview, up, a message and its reply, an empty second preview, destroy."""
    shutil.copy(package, project.folder / "assistant.zip")
    stand_in = StandIn("aws", ("--endpoint", cloud.endpoint, "--account", ACCOUNT, "--directory", str(project.folder)))
    with Running([stand_in], tmp_path / "engine.pid", tmp_path / "journal") as running:
        project.variables |= running.variables
        project.init()
        assert project.pulumi("config", "set", "aws:region", "eu-central-1", "--stack", "test").returncode == 0
        done = project.up()
        assert done.returncode == 0, done.stdout + done.stderr
        conversation = Conversation(project.outputs()["url"], "conversation-example")
        conversation.post("message-example", "hello from outside")
        assert "hello from outside" in conversation.wait(1)[0]["reply"]
        again = project.pulumi("preview", "--stack", "test", "--expect-no-changes")
        assert again.returncode == 0, again.stdout + again.stderr
        gone = project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "test")
        assert gone.returncode == 0, gone.stdout + gone.stderr


def copied(name: str, tmp_path: Path) -> Path:
    """An example, copied out of the repository."""
    target = tmp_path / "examples" / name
    shutil.copytree(paths.ROOT / "examples" / name, target)
    return target


def test_a_program_of_another_project_deploys_the_assistant_from_the_wheel(
    wheel: Path, cloud: Deployment, package: Path, tmp_path: Path
) -> None:
    folder = copied("python-serverless", tmp_path)
    environment = empty_environment(folder / ".venv", wheel)
    where = [str(environment / "bin" / "python"), "-c", "import assistant_components as a; print(a.__file__)"]
    said = subprocess.run(where, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert str(environment) in said  # the wheel's, not the repository's
    deploy_and_chat(Project(folder, name="python-serverless"), cloud, package, tmp_path)


def test_a_yaml_program_deploys_the_assistant_through_the_plugin(
    wheel: Path, cloud: Deployment, package: Path, tmp_path: Path
) -> None:
    assert engine.provide_yaml_host() == paths.BIN
    folder = copied("yaml-serverless", tmp_path)
    plugin = tmp_path / "components"
    shutil.copytree(paths.ROOT / "components", plugin, ignore=shutil.ignore_patterns(".venv", "assistant_components"))
    empty_environment(plugin / ".venv", wheel)
    project = Project(folder, name="yaml-serverless")
    project.variables["PATH"] = f"{paths.BIN}{os.pathsep}{os.environ['PATH']}"
    deploy_and_chat(project, cloud, package, tmp_path)


def test_the_wheel_names_what_it_needs_and_what_is_locked_fits(wheel: Path) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", str(wheel), str(wheel.parent / "unpacked")], check=False
    )
    assert listed.returncode == 0
    metadata = next((wheel.parent / "unpacked").glob("*.dist-info")) / "METADATA"
    lines = [line.partition(": ")[2] for line in metadata.read_text().splitlines() if line.startswith("Requires-Dist")]
    needed = [Requirement(line) for line in lines]
    assert {requirement.name for requirement in needed} == {"pulumi", "pulumi-aws", "pydantic"}
    for requirement in needed:
        assert requirement.specifier.contains(importlib.metadata.version(requirement.name)), requirement
    assert (wheel.parent / "unpacked" / "assistant_components" / "py.typed").exists()
