"""One module for each kind of resource; `HANDLERS` finds them by the type's name."""

from sandbox.docker.resources.container import ContainerHandler
from sandbox.docker.resources.handler import Handler, Place
from sandbox.docker.resources.image import ImageHandler
from sandbox.docker.resources.network import NetworkHandler
from sandbox.docker.resources.remote_image import RemoteImageHandler
from sandbox.docker.resources.volume import VolumeHandler

__all__ = ["HANDLERS", "Handler", "Place"]

HANDLERS: dict[str, Handler] = {
    "Container": ContainerHandler(),
    "Image": ImageHandler(),
    "Network": NetworkHandler(),
    "RemoteImage": RemoteImageHandler(),
    "Volume": VolumeHandler(),
}
