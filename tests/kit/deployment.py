"""This repository's own project, deployed from a cache of its own: nothing of the developer's deployment is touched."""

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from sandbox import paths

ROOT = paths.ROOT


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Deployment:
    """One stack in a cache of its own, with an embedded cloud on a port of its own."""

    cache: Path
    stack: str = "local"
    port: int = field(default_factory=free_port)
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cache.mkdir(parents=True, exist_ok=True)
        if not (self.cache / "bin").exists():  # the engine itself is shared: it takes minutes to build
            (self.cache / "bin").symlink_to(paths.ensured(paths.BIN))

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of its commands."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_", "SANDBOX_"))}
        own = {"SANDBOX_CACHE": str(self.cache), "SANDBOX_CLOUD_PORT": str(self.port), "PULUMI_ACCESS_TOKEN": ""}
        return {**kept, **own, **self.variables, **more}

    def python(self, *arguments: str, timeout: float = 300, **more: str) -> subprocess.CompletedProcess[str]:
        """`python -m ...` in the repository; never raises for its exit code."""
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=self.environment(**more), capture_output=True, text=True,
            timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def pulumi(self, verb: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """`python -m sandbox pulumi VERB --stack ...`."""
        return self.python("sandbox", "pulumi", verb, "--non-interactive", "--stack", self.stack, *arguments, **more)

    def up(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """What `make up` runs."""
        return self.pulumi("up", "--yes", "--policy-pack", "policies", *arguments, **more)

    def destroy(self, **more: Any) -> subprocess.CompletedProcess[str]:
        """What `make down` runs first."""
        return self.pulumi("destroy", "--yes", **more)

    def operations(self, *arguments: str) -> dict[str, str]:
        """URN -> operation of a preview, without what stays the same."""
        done = self.pulumi("preview", "--json", *arguments)
        assert done.returncode == 0, done.stderr + done.stdout
        steps = json.loads(done.stdout)["steps"]
        return {step["urn"]: step["op"] for step in steps if step["op"] not in {"same", "read"}}

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        exported = json.loads(self.pulumi("stack", "export").stdout)
        return exported["deployment"].get("resources") or []

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        done = self.pulumi("stack", "output", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def settings(self, **changes: Any) -> Path:
        """A configuration file like the committed one, with some keys (`compute__throttle__burst=5`) changed."""
        import yaml

        name = f"Pulumi.{self.stack}.yaml"
        used = self.cache / "stacks" / "run" / name  # with what the engine has written into it
        written = yaml.safe_load((used if used.exists() else ROOT / "stacks" / name).read_text())
        for path, value in changes.items():
            section, *keys = path.split("__")
            place = written["config"].setdefault(f"assistant:{section}", {})
            for key in keys[:-1]:
                place = place.setdefault(key, {})
            place[keys[-1]] = value
        target = self.cache / "changed.yaml"
        target.write_text(yaml.safe_dump(written, sort_keys=False))
        return target

    @property
    def endpoint(self) -> str:
        """Where its embedded cloud listens."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """An AWS client of the account's root in the embedded cloud."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def end(self) -> None:
        """Ends its embedded cloud and removes the cache."""
        self.python("sandbox", "cloud", "forget")
        shutil.rmtree(self.cache, ignore_errors=True)
