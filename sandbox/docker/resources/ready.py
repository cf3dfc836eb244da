"""Waits for containers: until they run, until they are healthy, until they have ended."""

from __future__ import annotations

import time
from typing import Any

from docker.errors import NotFound

from sandbox.docker.daemon import Daemon, last_lines, told
from sandbox.docker.resources.handler import POLL_SECONDS, Values
from sandbox.provider.protocol import InitFailedError, ProviderError

SETTLE_SECONDS = 0.5  # a container that ends within this time after its start counts as one that cannot run
DEFAULT_WAIT_SECONDS = 60
GONE_SECONDS = 60


def await_ready(daemon: Daemon, id: str, inputs: Values, what: str) -> None:
    """Returns when the container runs and, if the program waits for that, is healthy.

    ProviderError when it has ended although it must run; InitFailedError when it runs but is not healthy in time.
    """
    waits = bool(inputs.get("wait"))
    now = time.monotonic()
    settled, deadline = now + SETTLE_SECONDS, now + (inputs.get("waitTimeout") or DEFAULT_WAIT_SECONDS)
    while True:
        state = _state(daemon, id, what)
        if not state["Running"]:
            if not inputs.get("mustRun"):
                return
            raise ProviderError(
                f"{what}: ended at once with exit code {state['ExitCode']}{_reason(state)}, expected it to run; "
                f"its log ends: {log_end(daemon, id)}"
            )
        health = (state.get("Health") or {}).get("Status", "none")
        now = time.monotonic()
        if waits:
            _judge_health(daemon, id, inputs, what, state, late=now > deadline)
            if health == "healthy":
                return
        elif now > settled:
            return
        time.sleep(POLL_SECONDS)


def _judge_health(daemon: Daemon, id: str, inputs: Values, what: str, state: Values, *, late: bool) -> None:
    health: dict[str, Any] = state.get("Health") or {}
    status = health.get("Status", "none")
    if status == "none":
        raise InitFailedError(id, {}, [f"{what}: wait: got no health check to wait for, expected healthcheck"])
    if status == "unhealthy" or (late and status != "healthy"):
        probes: list[Values] = health.get("Log") or []
        said = last_lines([str(probes[-1].get("Output", ""))]) if probes else "no probe has ended yet"
        allowed = inputs.get("waitTimeout") or DEFAULT_WAIT_SECONDS
        raise InitFailedError(
            id, {}, [f"{what}: wait: got {status}, expected healthy within {allowed} s; the last probe: {said}"]
        )


def await_end(daemon: Daemon, id: str, what: str, *, gone: bool = False) -> str:
    """Waits for the end of a container and returns its log; with `gone`, for its removal, and returns ""."""
    api = daemon.api
    if not gone:
        with told(what):
            api.wait(id, timeout=None)
            return _log(daemon, id, tail="all")
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            api.inspect_container(id)
        except NotFound:
            return ""
        time.sleep(POLL_SECONDS)
    raise ProviderError(f"{what}: its removal has not ended within {GONE_SECONDS} s; see the daemon's log")


def log_end(daemon: Daemon, id: str) -> str:
    """The last lines of a container's log on one line."""
    try:
        return last_lines(_log(daemon, id, tail=10).splitlines())
    except Exception:  # some log drivers cannot be read; the message is about something else
        return "its log cannot be read"


def _log(daemon: Daemon, id: str, tail: int | str) -> str:
    api: Any = daemon.api
    return api.logs(id, stdout=True, stderr=True, tail=tail).decode(errors="replace")


def _state(daemon: Daemon, id: str, what: str) -> Values:
    with told(what):
        return daemon.api.inspect_container(id)["State"]


def _reason(state: Values) -> str:
    return f" ({state['Error']})" if state.get("Error") else ""
