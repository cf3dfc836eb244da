"""Volumes."""

from __future__ import annotations

from docker.errors import NotFound

from sandbox.docker.daemon import label_list, labels_of, told
from sandbox.docker.resources.handler import Place, Values, removed
from sandbox.provider.protocol import ProviderError


class VolumeHandler:
    """A volume's id is its name. Nothing of it changes in place."""

    def create(self, place: Place, inputs: Values) -> tuple[str, Values]:
        """Makes the volume; one of this name that is there already is taken over, content and all."""
        name = inputs["name"]
        if inputs.get("cluster"):
            raise ProviderError("Volume: cluster: the stand-in makes no swarm volumes; install the official provider")
        with told(f"volume {name}"):
            made = place.daemon.api.create_volume(
                name, inputs.get("driver"), inputs.get("driverOpts"), labels_of(inputs.get("labels"))
            )
        return made["Name"], _outputs(made)

    def read(self, place: Place, id: str, state: Values) -> Values | None:
        """What the daemon says about it."""
        try:
            return _outputs(place.daemon.api.inspect_volume(id))
        except NotFound:
            return None

    def update(self, place: Place, id: str, state: Values, news: Values) -> Values:
        """Never asked for: every change replaces."""
        raise ProviderError(f"volume {id}: nothing of a volume can be changed in place")

    def delete(self, place: Place, id: str, state: Values) -> None:
        """Removes the volume and its content."""
        removed(lambda: place.daemon.api.remove_volume(id), f"volume {id}", "volume is in use")


def _outputs(found: Values) -> Values:
    return {
        "name": found["Name"],
        "driver": found["Driver"],
        "driverOpts": found.get("Options") or {},
        "labels": label_list(found.get("Labels")),
        "mountpoint": found["Mountpoint"],
    }
