"""Containers: made, read, changed in place where the daemon can, and removed."""

from __future__ import annotations

import base64
import contextlib
import io
import tarfile
from pathlib import Path
from typing import Any

from docker.errors import NotFound

from sandbox.docker.daemon import told
from sandbox.docker.resources.binds import binds_of
from sandbox.docker.resources.fields import request_of, state_of
from sandbox.docker.resources.handler import Place, Values
from sandbox.docker.resources.images import found_or_pulled
from sandbox.docker.resources.networking import bindings_of, join_networks, network_state
from sandbox.docker.resources.ready import await_end, await_ready
from sandbox.provider.protocol import InitFailedError, ProviderError

STOP_MARGIN_SECONDS = 30
_LIMITS = {  # what the daemon changes of a running container
    "memory": "Memory",
    "memorySwap": "MemorySwap",
    "memoryReservation": "MemoryReservation",
    "cpuShares": "CpuShares",
    "cpuSet": "CpusetCpus",
    "cpuPeriod": "CpuPeriod",
    "cpuQuota": "CpuQuota",
}
_RESTART = ("restart", "maxRetryCount")


class ContainerHandler:
    """A container's id is the daemon's."""

    def create(self, place: Place, inputs: Values) -> tuple[str, Values]:
        """Makes the container, puts files into it, connects and starts it, and waits as far as the program wants."""
        what = f"container {inputs['name']}"
        if inputs.get("gpus"):
            raise ProviderError(f"{what}: gpus: the stand-in hands no GPUs on; install the official provider")
        found_or_pulled(place.daemon, inputs["image"], f"{what}: image")
        api = place.daemon.api
        request = _request(inputs)
        with told(what):
            made = api.create_container_from_config(request, inputs["name"], inputs.get("platform"))
        id = made["Id"]
        logs: str | None = None
        try:
            join_networks(place.daemon, id, inputs, what)
            _upload(place, id, inputs, what)
            if inputs.get("start"):
                with told(what):
                    api.start(id)
            if inputs.get("attach"):
                logs = await_end(place.daemon, id, what)
            elif inputs.get("start"):
                await_ready(place.daemon, id, inputs, what)
        except InitFailedError as problem:  # it is there and runs, but is not healthy: the engine is to remember it
            raise InitFailedError(id, self._found(place, id, inputs), problem.reasons) from problem
        except Exception:
            with contextlib.suppress(Exception):
                api.remove_container(id, v=True, force=True)
            raise
        outputs = self._found(place, id, inputs)
        if inputs.get("logs") and logs is not None:
            outputs["containerLogs"] = logs
        return id, outputs

    def read(self, place: Place, id: str, state: Values) -> Values | None:
        """What is there. A container that must run and does not is removed, as the official provider does: it is
        to be made anew, and its name has to be free for that.
        """
        try:
            inspected = place.daemon.api.inspect_container(id)
        except NotFound:
            return None
        if state.get("mustRun") and not inspected["State"]["Running"]:
            self.delete(place, id, state)
            return None
        return _outputs(inspected, state)

    def update(self, place: Place, id: str, state: Values, news: Values) -> Values:
        """Changes limits and restart policy; what only guides the provider needs no call."""
        what = f"container {news.get('name')}"
        limits: dict[str, Any] = request_of({name: news.get(name) for name in _LIMITS})["HostConfig"]
        changed = {key: limits.get(key, 0) for name, key in _LIMITS.items() if _differs(name, state, news)}
        if "CpusetCpus" in changed and not changed["CpusetCpus"]:
            changed["CpusetCpus"] = ""
        if "Memory" in changed and "MemorySwap" not in changed and "MemorySwap" in limits:
            changed["MemorySwap"] = limits["MemorySwap"]  # the daemon judges the two together
        if any(_differs(name, state, news) for name in _RESTART):
            policy = {"Name": news.get("restart") or "no", "MaximumRetryCount": news.get("maxRetryCount") or 0}
            changed["RestartPolicy"] = policy
        if changed:
            _post_update(place, id, changed, what)
        try:
            if news.get("mustRun") and news.get("start"):
                await_ready(place.daemon, id, news, what)
        except InitFailedError as problem:
            raise InitFailedError(id, self._found(place, id, {**state, **news}), problem.reasons) from problem
        return self._found(place, id, {**state, **news})

    def delete(self, place: Place, id: str, state: Values) -> None:
        """Stops it gently when the program gives it time for that, and removes it with its anonymous volumes."""
        what = f"container {state.get('name')}"
        grace = state.get("destroyGraceSeconds") or 0
        try:
            if grace > 0 and not state.get("attach"):
                with told(what):
                    place.daemon.api.stop(id, timeout=grace)
            with told(what):
                place.daemon.api.remove_container(id, v=state.get("removeVolumes") is not False, force=True)
        except ProviderError as problem:
            going = "already in progress" in str(problem)
            if not isinstance(problem.__cause__, NotFound) and not going:
                raise
            if going:
                await_end(place.daemon, id, what, gone=True)

    def _found(self, place: Place, id: str, inputs: Values) -> Values:
        with told(f"container {inputs.get('name')}"):
            return _outputs(place.daemon.api.inspect_container(id), inputs)


def _request(inputs: Values) -> Values:
    fields = request_of(inputs)
    host: dict[str, Any] = fields["HostConfig"]
    exposed, bindings = bindings_of(inputs.get("ports") or [])
    places, binds, others = binds_of(inputs.get("volumes") or [])
    capabilities = inputs.get("capabilities") or {}
    host |= {
        "PortBindings": bindings,
        "Binds": binds,
        "VolumesFrom": others,
        "CapAdd": capabilities.get("adds") or [],
        "CapDrop": capabilities.get("drops") or [],
    }
    return {
        "Image": inputs["image"],
        **fields["Config"],
        "ExposedPorts": exposed,
        "Volumes": places,
        "HostConfig": host,
    }


def _outputs(inspected: Values, wanted: Values) -> Values:
    """The daemon's description, over what only the program knows."""
    host, state = inspected["HostConfig"], inspected["State"]
    outputs = {
        **wanted,
        **state_of(inspected),
        **network_state(inspected, wanted),
        "name": inspected["Name"].lstrip("/"),
        "image": inspected["Image"],
        "exitCode": None if state["Running"] else state["ExitCode"],
    }
    adds, drops = host.get("CapAdd") or [], host.get("CapDrop") or []
    outputs["capabilities"] = {"adds": adds, "drops": drops} if adds or drops else None
    return outputs


def _differs(name: str, state: Values, news: Values) -> bool:
    return (state.get(name) or None) != (news.get(name) or None)


def _post_update(place: Place, id: str, changed: Values, what: str) -> None:
    # The client's own method leaves out what is 0, which is how a limit is lifted.
    api: Any = place.daemon.api
    with told(what):
        api._raise_for_status(api._post_json(api._url("/containers/{0}/update", id), data=changed))


def _upload(place: Place, id: str, inputs: Values, what: str) -> None:
    """Puts files into the container before it starts."""
    for upload in inputs.get("uploads") or []:
        data = _content(place.directory, upload, what)
        entry = tarfile.TarInfo(upload["file"].lstrip("/"))
        entry.size = len(data)
        entry.mode = int(upload.get("permissions") or ("0744" if upload.get("executable") else "0644"), 8)
        entry.uname, entry.gname = upload.get("owner") or "", upload.get("group") or ""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.addfile(entry, io.BytesIO(data))
        with told(f"{what}: upload of {upload['file']}"):
            place.daemon.api.put_archive(id, "/", buffer.getvalue())


def _content(directory: Path, upload: Values, what: str) -> bytes:
    given = [name for name in ("content", "contentBase64", "source") if upload.get(name)]
    if len(given) != 1:
        got = " and ".join(given) or "none of them"
        raise ProviderError(
            f"{what}: upload of {upload['file']}: got {got}, expected one of content, contentBase64, source"
        )
    if given == ["content"]:
        return str(upload["content"]).encode()
    if given == ["contentBase64"]:
        return base64.b64decode(upload["contentBase64"])
    try:
        return (directory / upload["source"]).read_bytes()
    except OSError as problem:
        raise ProviderError(f"{what}: upload of {upload['file']}: source: {problem}") from problem
