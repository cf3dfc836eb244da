"""The WebSocket API's function: a connection is told nothing before its token is known."""

import json
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant import secrets
from assistant.channels.given import Installed
from assistant.config import Config, ConfigError
from assistant.streaming import websocket
from assistant.streaming.connections import Connections
from tests.kit.streaming import KEY, Api, Stored, installed, token


@pytest.fixture
def given(tmp_path: Path) -> Installed:
    secrets._cache.clear()
    return installed(tmp_path)


class Function:
    """The WebSocket API's function and what it works with."""

    def __init__(self, table: str, given: Installed) -> None:
        self.api, self.given = Api(), given
        self.readers: Connections = Connections(table)
        self.services: Any = SimpleNamespace(
            config=Config(records_table=table), installations=[given.installation], given=lambda _: given,
            sessions=Stored("one", "two"),
        )  # fmt: skip

    def event(self, route: str, body: Any = None, connection: str = "a", **more: Any) -> int:
        context = {"routeKey": route, "connectionId": connection, "domainName": "x", "stage": "live"}
        text = body if isinstance(body, str) else json.dumps(body)
        event = {"requestContext": context, "body": text, **more}
        return websocket.handle(event, self.services, connections=self.readers, api=self.api)["statusCode"]


@pytest.fixture
def function(table: str, given: Installed) -> Function:
    return Function(table, given)


def test_a_connection_reads_along_after_its_first_message(function: Function) -> None:
    assert function.event("$connect", headers={"Origin": "https://chat.example"}) == 200
    assert function.readers.of(KEY) == []
    assert function.event("$default", {"token": token(function.given), "after": 1}) == 200
    assert function.readers.of(KEY) == ["a"]
    assert function.api.said["a"] == [{"ready": True, "n": 2}]
    assert function.event("$default", {"ping": 1}) == 200
    assert function.api.said["a"][-1] == {"pong": True}
    assert function.event("$disconnect") == 200
    assert function.readers.of(KEY) == []


REFUSED = ["", "{", "[]", "7", {"token": "a.b.c"}, {"token": None}, {}, {"token": "x" * 9000},
           {"token": "a.b.c", "installation": "absent"}]  # fmt: skip


@pytest.mark.parametrize("body", REFUSED, ids=lambda body: str(body)[:30])
def test_a_connection_that_says_something_else_is_closed_and_told_nothing(function: Function, body: Any) -> None:
    assert function.event("$default", body) >= 400
    assert function.api.closed == ["a"]
    assert [list(event) for event in function.api.said["a"]] == [["error", "status"]]
    assert function.readers.of(KEY) == []


def test_a_token_that_has_expired_opens_nothing(function: Function) -> None:
    old = token(function.given)
    function.given.clock.now += 901  # type: ignore[attr-defined]
    assert function.event("$default", {"token": old, "after": 0}) == 401
    assert function.readers.of(KEY) == []


@pytest.mark.parametrize(
    ("origin", "status"), [("https://chat.example", 200), ("https://evil.example", 403), ("null", 403)]
)
def test_a_handshake_of_another_origin_is_refused(function: Function, origin: str, status: int) -> None:
    function.given.installation.options["origins"] = "https://chat.example"  # type: ignore[index]
    assert function.event("$connect", headers={"Origin": origin}) == status


def test_a_handshake_for_an_installation_that_does_not_exist_is_refused(function: Function) -> None:
    assert function.event("$connect", queryStringParameters={"installation": "absent"}) == 403


def test_a_function_without_a_table_says_what_it_lacks(function: Function) -> None:
    function.services.config = Config()
    with pytest.raises(ConfigError, match="ASSISTANT_RECORDS_TABLE"):
        function.event("$default", {"ping": 1})


def test_a_closed_connection_is_no_failure(function: Function) -> None:
    function.api.gone = {"a"}
    assert function.event("$default", {"token": token(function.given), "after": uuid.uuid4().int}) == 200
