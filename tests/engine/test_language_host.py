"""The stand-in language host does what the official one does: the real CLI runs programs and packs through it."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sandbox import engine
from tests.kit.engine import Project

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(engine.provide().host_directory is None, reason="the official language host is installed here"),
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def test_a_program_gets_its_configuration_stack_and_virtualenv(project: Project) -> None:
    project.write(
        main="import sys, pulumi\n"
        "pulumi.export('greeting', pulumi.Config().require('greeting'))\n"
        "pulumi.export('stack', pulumi.get_stack())\n"
        "pulumi.export('prefix', sys.prefix)\n"
        "print('the program says this')\n"
    ).init()
    assert project.pulumi("config", "set", "greeting", "hello", "--stack", "test").returncode == 0
    done = project.up()
    assert done.returncode == 0, done.stderr
    assert project.outputs() == {"greeting": "hello", "stack": "test", "prefix": sys.prefix}
    assert "the program says this" in done.stdout


def test_a_secret_of_the_configuration_stays_one(project: Project) -> None:
    project.write(main="import pulumi\npulumi.export('token', pulumi.Config().require_secret('token'))\n").init()
    project.pulumi("config", "set", "--secret", "token", "s3cr3t-value", "--stack", "test")
    done = project.up()
    assert done.returncode == 0, done.stderr
    assert "[secret]" in done.stdout
    assert "s3cr3t-value" not in done.stdout + project.pulumi("stack", "export", "--stack", "test").stdout


def test_an_exception_fails_the_update_with_its_traceback_once(project: Project) -> None:
    done = project.write(main="raise LookupError('no such thing')\n").init().up()
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert said.count("LookupError: no such thing") == 1
    assert "non-zero exit code" not in said  # the traceback is the whole answer, as with the official host


def test_a_run_error_fails_the_update_with_its_text_and_no_traceback(project: Project) -> None:
    done = project.write(main="import pulumi\nraise pulumi.RunError('compute.topology: got nothing')\n").init().up()
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "compute.topology: got nothing" in said
    assert "Traceback" not in said


def test_a_program_that_exits_by_itself_is_told_with_its_code(project: Project) -> None:
    done = project.write(main="import os\nos._exit(7)\n").init().up()
    assert done.returncode != 0
    assert "Program exited with non-zero exit code: 7" in done.stdout + done.stderr


def test_a_program_that_is_killed_is_told_with_its_signal(project: Project) -> None:
    done = project.write(main="import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n").init().up()
    assert done.returncode != 0
    assert "SIGKILL" in done.stdout + done.stderr


def test_a_virtualenv_that_is_not_there_is_named_with_the_way_out(project: Project) -> None:
    project.virtualenv = "missing"
    done = project.write(main="").init().up()
    assert done.returncode != 0
    assert (
        f"got {project.folder / 'missing'}, which has no bin/python; run `pulumi install`" in done.stdout + done.stderr
    )


def test_a_policy_pack_runs_and_a_mandatory_violation_stops_the_update(project: Project) -> None:
    pack = project.folder / "pack"
    pack.mkdir(parents=True)
    (pack / "PulumiPolicy.yaml").write_text(f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n")
    (pack / "__main__.py").write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy\n"
        "def check(args, report):\n    report('this stack is refused')\n"
        "if __name__ == '__main__':\n"
        "    PolicyPack('example', "
        "policies=[StackValidationPolicy('refuse', 'refuses', check, EnforcementLevel.MANDATORY)])\n"
    )
    project.write(main="import pulumi\npulumi.export('x', 1)\n").init()
    done = project.pulumi("preview", "--stack", "test", "--policy-pack", "pack")
    assert done.returncode != 0
    assert "this stack is refused" in done.stdout


def test_dependencies_are_listed_for_about(project: Project) -> None:
    done = project.write(main="", **{"requirements.txt": ""}).init().pulumi("about", "--stack", "test")
    assert "pulumi_aws" in done.stdout.replace("-", "_"), done.stdout


def test_install_makes_the_virtualenv_that_the_project_names(project: Project) -> None:
    project.virtualenv = "fresh"
    done = project.write(main="", **{"requirements.txt": ""}).pulumi("install")
    assert done.returncode == 0, done.stderr
    assert (project.folder / "fresh" / "bin" / "python").exists()


def test_a_killed_engine_leaves_no_program_and_no_policy_pack_behind(project: Project) -> None:
    pack = project.folder / "pack"
    pack.mkdir(parents=True)
    (pack / "PulumiPolicy.yaml").write_text(f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n")
    (pack / "__main__.py").write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy\n"
        "policy = StackValidationPolicy('idle', 'says nothing', lambda args, tell: None, EnforcementLevel.ADVISORY)\n"
        "PolicyPack('idle', policies=[policy])\n"
    )
    project.write(main="import time\nopen('started', 'w').close()\ntime.sleep(300)\n").init()
    command = [str(engine.provide().cli), "up", "--yes", "--skip-preview", "--stack", "test", "--policy-pack", "pack"]
    update = subprocess.Popen(
        [*command, "--non-interactive"], cwd=project.folder, env=dict(project.environment()),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (project.folder / "started").exists():
        assert time.monotonic() < deadline, "the program did not start"
        time.sleep(0.05)
    started = psutil.Process(update.pid).children(recursive=True)
    assert len(started) >= 3  # language host, program, policy pack
    update.kill()
    update.wait(10)
    _, alive = psutil.wait_procs(started, timeout=15)
    assert alive == []
