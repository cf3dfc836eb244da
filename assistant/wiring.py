"""What one process and functions share when they put the parts together: installations, their routes, the sender."""

import importlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from assistant import channels, health, ingress
from assistant.channels import installations
from assistant.channels.api import HttpApi
from assistant.channels.contract import Given, Installation
from assistant.channels.given import Installed
from assistant.channels.tokens import TokenCache
from assistant.config import Config
from assistant.messages import Message
from assistant.outbox import Outgoing
from assistant.routing import Request, Response, Route, Services


class Book:
    """The installations of a deployment, and what each of their channels works with."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        """Raises ConfigError."""
        self.all: Sequence[Installation] = installations.read(config.channels, config.tenant)
        self._clock, self._lock = clock, threading.Lock()
        self._api = HttpApi()
        self._given: dict[tuple[str, str], Given] = {}

    def given(self, installation: Installation) -> Given:
        """What the installation's channel works with; the same object each time, for its tokens are kept there."""
        with self._lock:
            known = (installation.channel, installation.name)
            if known not in self._given:
                self._given[known] = Installed(installation, self._api, TokenCache(clock=self._clock), self._clock)
            return self._given[known]

    def of(self, sent: Message | Outgoing) -> Given:
        """That of a message or a reply. Raises LookupError when its installation is no longer there."""
        for installation in self.all:
            if (installation.channel, installation.name) == (sent.channel, sent.installation):
                return self.given(installation)
        raise LookupError(f"got a message of an installation that is gone: {sent.channel} {sent.installation}")


def routes(services: Services) -> Mapping[tuple[str, str], Route]:
    """The routes of every installation, and those of health."""
    table = {(route.method, route.path): route for route in health.ROUTES}
    for installation in services.installations:
        for route in _routes(installation, services):
            table[route.method, route.path] = route
    return table


def _routes(installation: Installation, services: Services) -> Iterator[Route]:
    channel, given = channels.load(installation.channel), services.given(installation)
    for method, below in channel.routes:
        yield Route(method, installation.path + below, partial(_take, channel, given))
    for method, below, handler in getattr(importlib.import_module(type(channel).__module__), "EXTRA_ROUTES", ()):
        at = [installation.path + below]
        if below == "/":  # the page: the main one's is the front page, and not every gateway knows a slash at the end
            at = ["/"] if installation.name == "main" else [installation.path, *at]
        for path in at:
            yield Route(method, path, partial(_ask, handler, given))


def _take(channel: channels.Channel, given: Given, request: Request, services: Services) -> Response:
    return ingress.take(channel, given, request, services)


def _ask(
    handler: Callable[[Request, Services, Given], Response], given: Given, request: Request, services: Services
) -> Response:
    return handler(request, services, given)
