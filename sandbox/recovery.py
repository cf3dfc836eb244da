"""What an update that was cut off leaves behind, and how the next command gets past it.

A killed engine leaves a lock and, in the state, operations that were going on. A creation whose answer the engine never
got may exist in the cloud; the stand-in's journal knows its id, with which the engine imports it. A creation that never
reached the cloud is dropped from the state.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from sandbox import backend, paths
from sandbox.say import SandboxError, say

WRITING_SECONDS = 10.0  # far longer than the engine needs to write a lock of some hundred bytes


def release_dead_lock(cli: Path, stack: str, environment: Mapping[str, str]) -> None:
    """Removes the lock of an update whose process is gone. Raises SandboxError when the process is still there."""
    folder = paths.STATE / ".pulumi" / "locks" / "organization" / backend.project_name() / stack
    for lock in sorted(folder.glob("*.json")):
        held = _held(lock)
        if held is None:
            continue  # being written, or gone again: the engine itself decides
        pid, host = int(held.get("pid", 0)), str(held.get("hostname", ""))
        if host in {"", socket.gethostname()} and not _is_pulumi(pid):
            say(f"stack {stack}: an earlier update ended without giving the stack back; taking it over")
            subprocess.run(
                [str(cli), "cancel", "--yes", "--stack", stack],
                cwd=paths.ROOT,
                env=dict(environment),
                capture_output=True,
                check=False,
            )
            continue
        since = str(held.get("timestamp", ""))
        raise SandboxError(
            f"stack {stack}: locked by process {pid} on {host or 'this machine'} since {_clock(since)}; "
            f"wait until it ends, or end it (kill {pid}) and run the command again"
        )


def _held(lock: Path) -> dict[str, Any] | None:
    """Who holds a lock; nobody known for a torn one. None while it is being written, or when it is gone."""
    try:
        written, text = lock.stat().st_mtime, lock.read_text()
    except OSError:
        return None
    try:
        return json.loads(text)
    except ValueError:  # an engine that was killed while it wrote leaves half a file, which nobody will complete
        return {} if time.time() - written > WRITING_SECONDS else None


def _is_pulumi(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and "pulumi" in process.name()
    except psutil.Error:
        return False


def _clock(timestamp: str) -> str:
    try:
        return f"{datetime.fromisoformat(timestamp):%H:%M:%S}"
    except ValueError:
        return timestamp or "an unknown time"


def pending_creates(stack: str) -> list[dict[str, Any]]:
    """Creations that the state says were going on when the engine ended."""
    try:
        state: dict[str, Any] = json.loads(backend.state_file(stack).read_text())
    except (OSError, ValueError):
        return []
    latest = state.get("checkpoint", {}).get("latest") or {}
    return [operation for operation in latest.get("pending_operations") or [] if operation.get("type") == "creating"]


def journal_of(stack: str) -> Path:
    """Where the stand-in writes what it has created for this stack."""
    return paths.ensured(paths.RUN) / f"{stack}.journal"


def created_ids(journal: Path) -> dict[str, str]:
    """URN -> id of what the journal says was created and not deleted since."""
    found: dict[str, str] = {}
    try:
        lines = journal.read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            entry: dict[str, str] = json.loads(line)
        except ValueError:  # the last line of a process that was killed while writing
            continue
        if entry.get("action") == "create":
            found[entry["urn"]] = entry["id"]
        else:
            found.pop(entry.get("urn", ""), None)
    return found


def settle(cli: Path, stack: str, environment: Mapping[str, str]) -> list[str]:
    """Brings the state in line with the journal; returns the URNs whose outputs are still to be read.

    The engine's own flag for this (`refresh --import-pending-creates`) only renames the pending operation and drops it
    with the next update, so the resource is put into the state here, with the inputs that it was created from.
    """
    pending = pending_creates(stack)
    if not pending:
        return []
    ids = created_ids(journal_of(stack))
    exported: dict[str, Any] = json.loads(_call(cli, stack, environment, "export"))
    deployment = exported["deployment"]
    known = {resource["urn"] for resource in deployment.get("resources") or []}
    found: list[str] = []
    for operation in pending:
        resource = operation["resource"]
        urn = str(resource["urn"])
        if urn in ids and urn not in known:
            deployment.setdefault("resources", []).append({**resource, "id": ids[urn], "outputs": {}})
            found.append(urn)
    deployment["pending_operations"] = [
        operation for operation in deployment.get("pending_operations") or [] if operation.get("type") != "creating"
    ]
    say(f"stack {stack}: {len(pending)} creation(s) were cut off; {len(found)} found in the cloud and kept")
    _call(cli, stack, environment, "import", input=json.dumps(exported))
    return found


def _call(cli: Path, stack: str, environment: Mapping[str, str], verb: str, input: str | None = None) -> str:
    command = [str(cli), "stack", verb, "--stack", stack, "--non-interactive"]
    done = subprocess.run(
        command, cwd=paths.ROOT, env=dict(environment), input=input, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SandboxError(f"stack {stack}: `pulumi stack {verb}` failed: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout
