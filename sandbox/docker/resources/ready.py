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
        inspected = _inspected(daemon, id, what)
        state = inspected["State"]
        if not state["Running"]:  # one that is restarted again and again counts as running
            if not inputs.get("mustRun"):
                return
            raise ProviderError(
                f"{what}: ended at once with exit code {state['ExitCode']}{_reason(state)}, expected it to run; "
                f"its log ends: {log_end(daemon, id)}"
            )
        health = (state.get("Health") or {}).get("Status", "none")
        now = time.monotonic()
        if waits and health == "none":
            raise InitFailedError(id, {}, [f"{what}: wait: got no health check to wait for, expected healthcheck"])
        if health == "healthy" or (not waits and now > settled):
            return
        if waits and now > deadline:
            allowed = inputs.get("waitTimeout") or DEFAULT_WAIT_SECONDS
            said = _last_probe(daemon, inspected)
            raise InitFailedError(id, {}, [f"{what}: wait: got {health}, expected healthy within {allowed} s; {said}"])
        time.sleep(POLL_SECONDS)


def _last_probe(daemon: Daemon, inspected: Values) -> str:
    """Why a container is not healthy, as far as the daemon knows."""
    if inspected.get("RestartCount"):
        return f"it was restarted {inspected['RestartCount']} times; its log ends: {log_end(daemon, inspected['Id'])}"
    probes: list[Values] = (inspected["State"].get("Health") or {}).get("Log") or []
    if not probes:
        return "no probe has ended yet"
    said = last_lines(str(probes[-1].get("Output", "")).splitlines())
    return f"the last probe ended with exit code {probes[-1].get('ExitCode')}: {said}"


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


def _inspected(daemon: Daemon, id: str, what: str) -> Values:
    with told(what):
        return daemon.api.inspect_container(id)


def _reason(state: Values) -> str:
    return f" ({state['Error']})" if state.get("Error") else ""
