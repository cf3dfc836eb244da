"""A WebSocket API on this machine: real connections, and the function's handler behind them."""

import json
import threading
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from assistant.streaming import websocket


class ConnectionTable:
    """The connections of all conversations, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.keys: dict[str, str] = {}

    def add(self, key: str, connection: str) -> None:
        with self._lock:
            self.keys[connection] = key

    def remove(self, connection: str) -> None:
        with self._lock:
            self.keys.pop(connection, None)

    def of(self, key: str) -> list[str]:
        with self._lock:
            return [connection for connection, known in self.keys.items() if known == key]


class WebSocketApi:
    """Handles connections as API Gateway does, and is the management API's client for them."""

    def __init__(self) -> None:
        self.services: Any = None
        self.table: Any = ConnectionTable()
        self.open: dict[str, ServerConnection] = {}
        self.first_messages: list[dict[str, Any]] = []
        self.exceptions = SimpleNamespace(GoneException=KeyError)
        self.url = ""

    def handle(self, connection: ServerConnection) -> None:
        """One connection, from handshake to close."""
        name = uuid.uuid4().hex
        assert connection.request is not None
        headers = dict(connection.request.headers.raw_items())
        if self._event("$connect", name, headers=headers) != 200:
            return
        self.open[name] = connection
        try:
            for number, text in enumerate(connection):
                if not number:
                    self.first_messages.append(json.loads(text))
                self._event("$default", name, body=text)
        except ConnectionClosed:
            pass
        finally:
            self.open.pop(name, None)
            self._event("$disconnect", name)

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        """See API Gateway."""
        try:
            self.open[ConnectionId].send(Data.decode())
        except ConnectionClosed:
            raise KeyError(ConnectionId) from None

    def delete_connection(self, ConnectionId: str) -> None:  # noqa: N803
        """See API Gateway."""
        self.open[ConnectionId].close()

    def drop(self) -> None:
        """Closes every connection."""
        for connection in list(self.open.values()):
            connection.close()

    def _event(self, route: str, name: str, **more: Any) -> int:
        context = {"routeKey": route, "connectionId": name, "domainName": "127.0.0.1", "stage": "live"}
        event = {"requestContext": context, **more}
        return websocket.handle(event, self.services, connections=self.table, api=self)["statusCode"]


@contextmanager
def websocket_api() -> Generator[WebSocketApi]:
    """The API on a free port; its `services` are to be set before anybody connects."""
    api = WebSocketApi()
    with serve(api.handle, "127.0.0.1", 0) as server:
        api.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/live"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield api
        finally:
            api.drop()
            server.shutdown()
            thread.join(10)
