"""What the components cost over a flat program of the same resources, and `make up` when nothing has changed."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bench.side_by_side import Pair, in_turn, seconds
from sandbox import cloud, engine, paths
from sandbox.providers import Running, StandIn

RUNS = 9
PROGRAMS = Path(__file__).parent


class Program:
    """One of the two programs of this folder, in a folder and with a state of its own."""

    def __init__(self, name: str, base: Path, variables: dict[str, str]) -> None:
        self._found = engine.provide()
        self._folder = base / name
        shutil.copytree(PROGRAMS / name, self._folder)
        (self._folder / "Pulumi.yaml").write_text(
            f"name: {name}\nruntime: {{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}\n"
        )
        # Bytecode is kept, as on a user's machine, whatever this machine says about it.
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        self._environment = {
            **kept,
            **variables,
            "PATH": f"{self._found.host_directory or ''}{os.pathsep}{os.environ['PATH']}",
            "SANDBOX_PYTHON_SHIM": str(self._found.shim),
            "PULUMI_BACKEND_URL": f"file://{paths.ensured(base / f'{name}-state')}",
            "PULUMI_HOME": str(paths.ensured(base / "home")),
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PACKAGE": str(paths.PACKAGE),
        }
        self.pulumi("stack", "init", f"organization/{name}/bench")
        self.pulumi("config", "set", "aws:region", "us-east-1", "--stack", "bench")

    def pulumi(self, *arguments: str) -> str:
        """One command of the CLI; its stdout."""
        done = subprocess.run(
            [str(self._found.cli), *arguments, "--non-interactive"],
            cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"pulumi {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def preview(self) -> None:
        """The plan alone."""
        self.pulumi("preview", "--stack", "bench")

    def checked_preview(self) -> None:
        """The plan as this project makes every plan: judged by the policy pack."""
        self._environment["ASSIST_ENVIRONMENT"] = "local"
        self.pulumi("preview", "--stack", "bench", "--policy-pack", str(paths.ROOT / "policies"))

    def types(self) -> Counter[str]:
        """The provider's resources in the plan, by type."""
        steps = json.loads(self.pulumi("preview", "--json", "--stack", "bench"))["steps"]
        kinds = [str(step["newState"]["type"]) for step in steps]
        return Counter(kind for kind in kinds if kind.startswith("aws:"))


def components_against_flat(base: Path) -> list[dict[str, object]]:
    """Preview through the components against the flat program; both plan the same resources, which is checked first.

    The limit is for previews as this project makes them, with the policy pack. The bare plan is shown beside it: there
    the same few milliseconds (the imports of the components and of pydantic) are a larger share.
    """
    stand_ins = [StandIn("aws", ("--account", cloud.ACCOUNT))]
    with Running(stand_ins, base / "engine.pid", base / "journal") as running:
        composed, flat = (Program(name, base, running.variables) for name in ("composed", "flat"))
        if (ours := composed.types()) != (theirs := flat.types()):
            raise RuntimeError(f"the two programs differ: {ours - theirs} only composed, {theirs - ours} only flat")
        checked = in_turn(composed.checked_preview, flat.checked_preview, RUNS)
        bare = in_turn(composed.preview, flat.preview, RUNS)
    what = f"preview through the components / flat program, {sum(ours.values())} resources"
    return [
        _ratio(f"{what}, with the policy pack", checked, 1.05),
        _ratio(f"{what}, the plan alone", bare, None),
    ]


def _ratio(what: str, pair: Pair, limit: float | None) -> dict[str, object]:
    return {
        "what": what,
        "value": round(pair.ratio, 3),
        "unit": "ratio",
        "limit": limit,
        "detail": f"{pair.spread[0]:.2f} to {pair.spread[1]:.2f} over {RUNS} pairs; "
        f"medians {statistics.median(pair.a):.2f} s and {statistics.median(pair.b):.2f} s",
    }


def warm_up_without_changes(base: Path) -> dict[str, object]:
    """`make up` on a deployed stack when nothing has changed, against the same stack's preview alone."""
    environment = {**os.environ, "SANDBOX_CACHE": str(base / "cache"), "SANDBOX_CLOUD_PORT": "14566"}
    paths.ensured(base / "cache")
    (base / "cache" / "bin").symlink_to(paths.BIN)

    def sandbox(*arguments: str) -> None:
        command = [sys.executable, "-m", "sandbox", *arguments]
        done = subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")

    common = ("--non-interactive", "--stack", "local", "--policy-pack", "policies")
    try:
        cold = seconds(lambda: sandbox("pulumi", "up", "--yes", *common))
        pair = in_turn(
            lambda: sandbox("pulumi", "up", "--yes", *common), lambda: sandbox("pulumi", "preview", *common), RUNS
        )
    finally:
        sandbox("cloud", "forget")
    return {
        "what": "make up, nothing changed",
        "value": round(statistics.median(pair.a), 2),
        "unit": "s",
        "limit": 5,
        "detail": f"{min(pair.a):.1f} to {max(pair.a):.1f} s over {RUNS} runs; {pair.ratio:.2f} times a preview; "
        f"first deployment {cold:.1f} s",
    }
