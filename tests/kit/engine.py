"""Projects of their own for the real engine: a folder, a file backend, the provisioned CLI."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import engine, paths

PROJECT = """\
name: {name}
runtime: {{name: python, options: {{toolchain: pip, virtualenv: {virtualenv}}}}}
"""


@dataclass
class Project:
    """A Pulumi project in a folder, with a stack `test`; commands run through the provisioned CLI."""

    folder: Path
    name: str = "example"
    virtualenv: str = sys.prefix
    variables: dict[str, str] = field(default_factory=dict)

    def write(self, **files: str) -> "Project":
        """Writes Pulumi.yaml and the given files; `main` is __main__.py."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "Pulumi.yaml").write_text(PROJECT.format(name=self.name, virtualenv=self.virtualenv))
        for name, text in files.items():
            (self.folder / ("__main__.py" if name == "main" else name)).write_text(text)
        return self

    def environment(self) -> Mapping[str, str]:
        """What the CLI needs: backend and passphrase of this project, and the language host where it is missing."""
        found = engine.provide()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_"))}
        base = self.folder.parent
        return {
            **kept,
            "PATH": f"{found.host_directory or found.cli.parent}{os.pathsep}{kept.get('PATH', '')}",
            "SANDBOX_PYTHON_SHIM": str(found.shim),
            "PULUMI_BACKEND_URL": f"file://{paths.ensured(base / 'state')}",
            "PULUMI_HOME": str(paths.ensured(base / "home")),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            **self.variables,
        }

    def pulumi(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs one command of the CLI in the project; never raises for its exit code."""
        command = [str(engine.provide().cli), *arguments, "--non-interactive"]
        return subprocess.run(
            command, cwd=self.folder, env=dict(self.environment()), capture_output=True, text=True, timeout=timeout,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def init(self) -> "Project":
        """Makes the stack."""
        done = self.pulumi("stack", "init", f"organization/{self.name}/test")
        assert done.returncode == 0, done.stderr
        return self

    def up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`pulumi up` without a preview."""
        return self.pulumi("up", "--yes", "--skip-preview", "--stack", "test", *arguments)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return json.loads(self.pulumi("stack", "output", "--json", "--stack", "test").stdout)
