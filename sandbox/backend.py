"""The state backend and the stack, supplied when nobody is logged in: a file backend in the project's cache.

Who is logged in to a backend of their own, or names one, keeps it, with their own stack and secrets provider.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

from sandbox import paths
from sandbox.say import SandboxError, say

PROJECT_FILE = paths.ROOT / "Pulumi.yaml"


def logged_in(environment: Mapping[str, str] = os.environ) -> bool:
    """True when a backend is chosen already: by environment variable or by `pulumi login`."""
    if environment.get("PULUMI_BACKEND_URL") or environment.get("PULUMI_ACCESS_TOKEN"):
        return True
    home = Path(environment.get("PULUMI_HOME", Path.home() / ".pulumi"))
    try:
        return bool(json.loads((home / "credentials.json").read_text()).get("current"))
    except (OSError, ValueError):
        return False


def variables() -> dict[str, str]:
    """Points the CLI at the file backend in the cache, with a passphrase made here and kept out of the repository."""
    secret = paths.ensured(paths.CACHE) / "passphrase"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(24))
    return {
        "PULUMI_BACKEND_URL": f"file://{paths.ensured(paths.STATE)}",
        "PULUMI_HOME": str(paths.ensured(paths.PULUMI_HOME)),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(secret),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }


def project_name(project_file: Path = PROJECT_FILE) -> str:
    """The project's name in its Pulumi.yaml."""
    return str(yaml.safe_load(project_file.read_text())["name"])


def environments() -> list[str]:
    """The stacks that have settings, in alphabetical order."""
    return sorted(path.stem.removeprefix("Pulumi.") for path in (paths.ROOT / "stacks").glob("Pulumi.*.yaml"))


def settings_file(stack: str) -> Path:
    """stacks/Pulumi.<stack>.yaml. Raises SandboxError that lists the stacks there are."""
    name = stack.rsplit("/", 1)[-1]
    if name not in environments():
        raise SandboxError(
            f"stack: got {name!r}, expected one of {', '.join(environments())}; use one with STACK=<name>"
        )
    return paths.ROOT / "stacks" / f"Pulumi.{name}.yaml"


def state_file(stack: str) -> Path:
    """Where the file backend keeps the stack's state."""
    return paths.STATE / ".pulumi" / "stacks" / project_name() / f"{stack}.json"


def configured_stack(cli: Path, stack: str, environment: Mapping[str, str]) -> Path:
    """Makes the stack in the file backend if need be; returns the configuration file to run it with.

    The engine writes an encryption salt into the configuration of a stack it makes. The salt belongs to this machine's
    passphrase, so it stays in the cache and is joined with the committed settings for each run.
    """
    settings = settings_file(stack)
    folder = paths.ensured(paths.STACKS)
    salted = folder / f"Pulumi.{stack}.yaml"
    if not state_file(stack).exists() or not salted.exists():
        (folder / "Pulumi.yaml").write_text(f"name: {project_name()}\nruntime: python\n")
        command = [str(cli), "stack", "init", f"organization/{project_name()}/{stack}", "--non-interactive"]
        made = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
        if made.returncode:
            raise SandboxError(f"stack {stack} could not be made: {made.stderr.strip().splitlines()[-1]}")
        say(f"made stack {stack} in {paths.STATE}")
    salt = re.search(r"^encryptionsalt: .*$", salted.read_text(), re.MULTILINE)
    joined = paths.ensured(folder / "run") / f"Pulumi.{stack}.yaml"
    # Written as text and in front: a second run of the same command must find the very same bytes.
    joined.write_text(f"{salt[0]}\n{settings.read_text()}" if salt else settings.read_text())
    return joined


def deployed_stacks() -> list[str]:
    """Stacks of the file backend that have resources."""
    found: list[str] = []
    for state in sorted((paths.STATE / ".pulumi" / "stacks" / project_name()).glob("*.json")):
        latest = json.loads(state.read_text()).get("checkpoint", {}).get("latest") or {}
        if latest.get("resources") or latest.get("pending_operations"):
            found.append(state.stem)
    return found
