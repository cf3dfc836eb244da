"""What an update that was cut off leaves behind, and how the next command gets past it.

A killed engine leaves a lock and, in the state, operations that were going on. A creation whose answer the engine never
got may exist in the cloud; the stand-in's journal knows its id, with which the engine imports it. A creation that never
reached the cloud is dropped from the state.
"""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from sandbox import backend, paths
from sandbox.say import SandboxError, say


def release_dead_lock(cli: Path, stack: str, environment: Mapping[str, str]) -> None:
    """Removes the lock of an update whose process is gone. Raises SandboxError when the process is still there."""
    folder = paths.STATE / ".pulumi" / "locks" / "organization" / backend.project_name() / stack
    for lock in sorted(folder.glob("*.json")):
        try:
            held: dict[str, Any] = json.loads(lock.read_text())
        except (OSError, ValueError):
            held = {}
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


def settle(stack: str) -> list[str]:
    """Flags for `pulumi refresh` that settle what was going on; empty when nothing was."""
    pending = pending_creates(stack)
    if not pending:
        return []
    ids = created_ids(journal_of(stack))
    flags: list[str] = []
    found = 0
    for operation in pending:
        urn = str(operation["resource"]["urn"])
        if urn in ids:
            found += 1
            flags += ["--import-pending-creates", urn, "--import-pending-creates", ids[urn]]
    # Creations that the cloud never heard of are dropped; the coming update makes them.
    say(f"stack {stack}: {len(pending)} creation(s) were cut off; {found} found in the cloud and kept")
    return flags if found == len(pending) else [*flags, "--clear-pending-creates"]
