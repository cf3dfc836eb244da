"""Replies of the functions as they come: over the WebSocket API, to whoever holds the conversation's token."""

import json
import time
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.kit.deployment import Deployment

pytestmark = pytest.mark.behaviour

SECONDS = 60


def begun(deployed: Deployment) -> tuple[str, dict[str, Any]]:
    """The address of a new conversation's routes, and its session."""
    base = f"{deployed.outputs()['url'].rstrip('/')}/web"
    answer = httpx.post(f"{base}/session", json={}, timeout=30)
    assert answer.status_code == 200, answer.text
    return base, answer.json()


def heard(talk: ClientConnection) -> dict[str, Any]:
    """The next event."""
    return json.loads(talk.recv(timeout=SECONDS))


def test_a_reply_comes_in_pieces_that_make_the_stored_turn(deployed: Deployment) -> None:
    base, session = begun(deployed)
    assert session["stream"]["kind"] == "websocket"
    headers = {"authorization": f"Bearer {session['token']}"}
    text = " ".join(f"word{number}" for number in range(200))
    with connect(session["stream"]["url"]) as talk:
        talk.send(json.dumps({"token": session["token"], "after": 0}))
        assert heard(talk) == {"ready": True, "n": 0}
        message = {"id": "message-1", "text": text}
        assert httpx.post(f"{base}/messages", json=message, headers=headers, timeout=30).status_code == 202
        told, event = "", heard(talk)
        while not event.get("done"):
            assert event["offset"] == len(told)
            told += event["delta"]
            event = heard(talk)
    turns = httpx.get(f"{base}/messages", params={"after": 0}, headers=headers, timeout=30).json()["turns"]
    assert [(turn["n"], turn["reply"]) for turn in turns] == [(event["n"], told)] == [(1, f"echo: {text}")]


def test_a_connection_without_a_token_of_this_deployment_is_closed(deployed: Deployment) -> None:
    _, session = begun(deployed)
    with connect(session["stream"]["url"]) as talk:
        talk.send(json.dumps({"token": "forged.token.here", "after": 0}))
        assert heard(talk)["status"] == 401
        with pytest.raises(ConnectionClosed):
            heard(talk)


def test_nobody_hears_another_conversation(deployed: Deployment) -> None:
    (base, own), (_, other) = begun(deployed), begun(deployed)
    with connect(other["stream"]["url"]) as talk:
        talk.send(json.dumps({"token": other["token"], "after": 0}))
        assert heard(talk)["ready"]
        headers = {"authorization": f"Bearer {own['token']}"}
        httpx.post(f"{base}/messages", json={"id": "message-1", "text": "a secret"}, headers=headers, timeout=30)
        deadline = time.monotonic() + SECONDS
        while not httpx.get(f"{base}/messages", headers=headers, timeout=30).json()["turns"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        talk.send(json.dumps({"ping": True}))
        assert heard(talk) == {"pong": True}
