"""What can go wrong on the way: each is told in one line with the way out, and the next run converges."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.engine.test_local_stack import what_the_cloud_holds
from tests.kit.chat import Conversation
from tests.kit.deployment import ROOT, Deployment, free_port

pytestmark = pytest.mark.engine


def creations(deployment: Deployment) -> int:
    """How many resources of a provider the stack has."""
    planned = json.loads(deployment.pulumi("preview", "--json").stdout)["steps"]
    return sum(1 for step in planned if step["newState"].get("custom") and step["newState"]["type"].startswith("aws:"))


def assert_it_converged(deployment: Deployment) -> None:
    """The stack is whole, there is nothing to do and nothing that nobody knows of."""
    assert deployment.operations() == {}
    known = {str(r.get("id")) for r in deployment.resources()}
    held = what_the_cloud_holds(deployment)
    for kind, key in (("functions", "FunctionName"), ("roles", "RoleName"), ("apis", "ApiId")):
        assert {item[key] for item in held[kind]} <= known, kind
    assert set(held["queues"]) <= known
    assert set(held["tables"]) <= known


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("moment", "killed_at", "step"),
    [
        ("the cloud has made it and the engine has not heard of it", "create@1:kill-engine-after", 1),
        ("the cloud has not been asked yet", "create@4:kill-engine", 3),
    ],
)
def test_an_engine_killed_on_its_way_again_and_again_is_followed_by_a_run_that_converges(
    deployment: Deployment, moment: str, killed_at: str, step: int
) -> None:
    total = creations(deployment)
    assert total > 20
    kills = 0
    # Each run gets `step` resources further than the one before and is killed there, until nothing is left to make.
    arguments = ("--yes", "--skip-preview", "--parallel", "1")
    while (done := deployment.pulumi("up", *arguments, SANDBOX_FAULTS=killed_at)).returncode:
        assert done.returncode == 128 + signal.SIGKILL, f"{moment}, kill {kills + 1}: {done.stdout}{done.stderr}"
        assert "run the same command again" in done.stderr
        kills += 1
        assert kills <= total, "the runs do not get on"
    assert kills >= (total - 1) // step
    assert deployment.up().returncode == 0
    assert_it_converged(deployment)
    conversation = Conversation(deployment.outputs()["url"], "conversation-after-kills")
    conversation.post("message-after-kills", "all well?")
    assert "all well?" in conversation.wait(1)[0]["reply"]
    assert deployment.destroy().returncode == 0
    assert {kind: held for kind, held in what_the_cloud_holds(deployment).items() if held} == {}


def test_a_stack_that_is_being_updated_is_not_updated_twice(deployment: Deployment) -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "pulumi",
        "up",
        "--yes",
        "--skip-preview",
        "--stack",
        "local",
        "--non-interactive",
    ]
    first = subprocess.Popen(
        command, cwd=ROOT, env=deployment.environment(SANDBOX_FAULTS="create@3:delay=20"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    locks = deployment.cache / "state" / ".pulumi" / "locks"
    deadline = time.monotonic() + 60
    while not any(lock.read_text().strip().endswith("}") for lock in locks.rglob("*.json")):
        assert time.monotonic() < deadline, "the first update took no lock"
        time.sleep(0.05)
    second = deployment.up()
    assert second.returncode == 1
    line = second.stderr.strip().splitlines()[-1]
    assert line.startswith("error: stack local: locked by process")
    assert "wait until it ends" in line
    assert first.wait(120) == 0


def test_a_taken_port_is_told_with_the_way_out(deployment: Deployment) -> None:
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", deployment.port))
        holder.listen()
        done = deployment.up()
        assert done.returncode == 1
        assert f"port {deployment.port}: in use by" in done.stderr.strip().splitlines()[-1]
        deployment.port = free_port()
    assert deployment.up().returncode == 0


def test_a_killed_embedded_cloud_is_told_and_made_again(deployment: Deployment) -> None:
    assert deployment.up().returncode == 0
    before = json.loads((deployment.cache / "cloud" / "process.json").read_text())
    os.kill(before["pid"], signal.SIGKILL)
    psutil.Process(before["pid"]).wait(10)
    chat = deployment.python("tools.chat", "--stack", "local", MESSAGE="anybody there?")
    assert (chat.returncode, chat.stdout) == (1, "")
    assert "make up" in chat.stderr
    done = deployment.up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds nothing of it any more" in done.stderr
    assert "here again" in deployment.python("tools.chat", "--stack", "local", MESSAGE="here again").stdout
    assert deployment.operations() == {}


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("compute__throttle__bursts", 1, "compute.throttle.bursts"),
        ("compute__topology", "serverles", "compute.topology"),
        ("model__provider", "echoo", "model.provider"),
        ("deploy__owner", 7, "deploy.owner"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_registered(
    deployed: Deployment, setting: str, value: object, line: str
) -> None:
    done = deployed.pulumi("preview", "--config-file", str(deployed.settings(**{setting: value})))
    assert done.returncode != 0
    assert line in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "aws:" not in done.stdout


def test_an_unknown_stack_is_told_with_those_there_are(deployment: Deployment) -> None:
    deployment.stack = "production"
    done = deployment.up()
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("error: stack: got 'production', expected one of local")


def test_without_a_cli_and_without_go_the_answer_says_what_to_install(tmp_path: Path) -> None:
    bare = Deployment(tmp_path / "cache", variables={"PATH": "/usr/bin:/bin", "https_proxy": "http://127.0.0.1:9"})
    (bare.cache / "bin").unlink()
    done = bare.up()
    assert done.returncode == 1
    line = done.stderr.strip().splitlines()[-1]
    assert "Go is not installed" in line
    assert "Install Go 1.25 or newer" in line
