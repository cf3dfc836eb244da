"""Images that are found on this machine, pulled, or built under a given name."""

from __future__ import annotations

from sandbox.docker.build import Build, build
from sandbox.docker.daemon import told
from sandbox.docker.resources.handler import Place, Values
from sandbox.docker.resources.images import found_or_pulled, inspected
from sandbox.provider.protocol import ProviderError

_BUILD = {
    "context", "dockerfile", "buildArgs", "label", "labels", "platform", "target", "noCache", "pullParent", "tags",
    "networkMode", "remove", "forceRemove", "cacheFroms", "useLegacyBuilder", "suppressOutput", "version", "buildId",
}  # fmt: skip


class RemoteImageHandler:
    """An image's id here is the daemon's followed by the name, as with the official provider."""

    def create(self, place: Place, inputs: Values) -> tuple[str, Values]:
        """Builds the image if the program says how, else finds or pulls it."""
        name = inputs["name"]
        if inputs.get("build"):
            build(place.daemon, place.directory, _build_of(name, inputs), f"image {name}")
        found = found_or_pulled(place.daemon, name, "RemoteImage: name", inputs.get("platform"))
        return found["Id"] + name, _outputs(found, inputs)

    def read(self, place: Place, id: str, state: Values) -> Values | None:
        """The image of that name, whichever it is by now."""
        name = state.get("name") or id.partition("sha256:")[2][64:]
        found = inspected(place.daemon, name) if name else None
        return _outputs(found, {**state, "name": name}) if found else None

    def update(self, place: Place, id: str, state: Values, news: Values) -> Values:
        """Takes over what happens at the end of the image's life."""
        name = news["name"]
        return _outputs(found_or_pulled(place.daemon, name, "RemoteImage: name", news.get("platform")), news)

    def delete(self, place: Place, id: str, state: Values) -> None:
        """Removes the image unless it is to be kept."""
        name = state.get("name")
        if state.get("keepLocally") or not name or inspected(place.daemon, name) is None:
            return
        with told(f"image {name}"):
            place.daemon.api.remove_image(name, force=bool(state.get("forceRemove")))


def _outputs(found: Values, inputs: Values) -> Values:
    digests: list[str] = found.get("RepoDigests") or []
    return {**inputs, "imageId": found["Id"], "repoDigest": digests[0] if digests else ""}


def _build_of(name: str, inputs: Values) -> Build:
    given: Values = inputs["build"]
    more = [key for key, value in given.items() if value and key not in _BUILD]
    if more:
        raise ProviderError(
            f"image {name}: build.{more[0]}: the stand-in builds with the legacy builder, which does not have it; "
            "leave it out or install the official provider"
        )
    return Build(
        tags=(name, *(given.get("tags") or [])),
        context=given["context"],
        # A path in the context here, while Image takes one from where the program is.
        dockerfile=f"{given['context']}/{given.get('dockerfile') or 'Dockerfile'}",
        args=given.get("buildArgs") or {},
        labels={**(given.get("label") or {}), **(given.get("labels") or {})},
        platform=given.get("platform") or inputs.get("platform"),
        target=given.get("target"),
        network=given.get("networkMode"),
        cache_from=tuple(given.get("cacheFroms") or []),
        no_cache=bool(given.get("noCache")),
        pull=bool(given.get("pullParent")),
    )
