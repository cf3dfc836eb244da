"""Images that the program builds from a directory, and pushes unless it says otherwise."""

from __future__ import annotations

from typing import Any

from sandbox.docker.build import DOCKERFILE, Build, build
from sandbox.docker.daemon import told
from sandbox.docker.resources.handler import Place, Values
from sandbox.docker.resources.images import inspected
from sandbox.provider.protocol import ProviderError


class ImageHandler:
    """An image's id is its name. Every change builds anew, in place; the image itself stays when the resource goes."""

    def create(self, place: Place, inputs: Values) -> tuple[str, Values]:
        """Builds, tags and pushes."""
        return inputs["imageName"], self._built(place, inputs)

    def read(self, place: Place, id: str, state: Values) -> Values | None:
        """The image of that name; None when it is no longer here and is nowhere else either."""
        found = inspected(place.daemon, id)
        digest = str(state.get("repoDigest") or "")
        if found is None:
            return state if digest and not digest.startswith("sha256:") else None
        if not state:  # an import knows no more than the name
            return {"imageName": id, "baseImageName": id, "repoDigest": found["Id"]}
        return {**state, "repoDigest": found["Id"]} if digest.startswith("sha256:") else state

    def update(self, place: Place, id: str, state: Values, news: Values) -> Values:
        """Builds, tags and pushes anew."""
        return self._built(place, news)

    def delete(self, place: Place, id: str, state: Values) -> None:
        """Leaves the image where it is, as the official provider does: other things may use it by its name."""

    def _built(self, place: Place, inputs: Values) -> Values:
        what = f"image {inputs['imageName']}"
        wanted = build_of(inputs)
        id = build(place.daemon, place.directory, wanted, what)
        pushed = None if inputs.get("skipPush") else _pushed(place, inputs, what)
        return {**outputs_of(inputs), "repoDigest": pushed or id}


def build_of(inputs: Values) -> Build:
    """What to build; paths start from the program's directory."""
    given: Values = inputs.get("build") or {}
    context = given.get("context") or "."
    hosts = [tuple(entry.split(":", 1)) for entry in given.get("addHosts") or []]
    return Build(
        tags=(inputs["imageName"],),
        context=context,
        dockerfile=given.get("dockerfile") or f"{context}/{DOCKERFILE}",
        args=given.get("args") or {},
        platform=given.get("platform"),
        target=given.get("target"),
        network=given.get("network"),
        hosts=dict(hosts),
        cache_from=tuple((given.get("cacheFrom") or {}).get("images") or []),
    )


def outputs_of(inputs: Values) -> Values:
    """What is known of an image before it is built."""
    given: Values = inputs.get("build") or {}
    wanted = build_of(inputs)
    return {
        "imageName": inputs["imageName"],
        "baseImageName": inputs["imageName"],
        "context": wanted.context,
        "dockerfile": wanted.dockerfile,
        "platform": given.get("platform"),
        "registryServer": (inputs.get("registry") or {}).get("server") or "",
    }


def _pushed(place: Place, inputs: Values, what: str) -> str | None:
    """The digest in the registry. ProviderError when the push fails."""
    registry: dict[str, Any] = inputs.get("registry") or {}
    login = {"username": registry["username"], "password": registry["password"]} if registry.get("password") else None
    with told(f"{what}: push"):
        for event in place.daemon.api.push(inputs["imageName"], auth_config=login, stream=True, decode=True):
            if "error" in event:
                raise ProviderError(f"{what}: push: {event['error']}; skipPush keeps the image on this machine")
        digests: list[str] = place.daemon.api.inspect_image(inputs["imageName"]).get("RepoDigests") or []
    return digests[0] if digests else None


def built_for_preview(place: Place, inputs: Values) -> Values:
    """Builds without pushing, for `buildOnPreview`; the digest is known when nothing is to be pushed."""
    id = build(place.daemon, place.directory, build_of(inputs), f"image {inputs['imageName']}")
    return {**outputs_of(inputs), **({"repoDigest": id} if inputs.get("skipPush") else {})}
