"""An assistant moves from one process to functions with its memory: the person goes on where they stopped."""

import httpx
import pytest

from assistant import client
from tests.behaviour.conftest import Moved

pytestmark = [pytest.mark.behaviour, pytest.mark.xdist_group("moved")]


def test_the_person_goes_on_with_the_same_conversation(moved: Moved) -> None:
    url = moved.deployment.outputs()["url"].rstrip("/")
    with client.Chat(url, client.kept(moved.session)) as talk:
        assert talk.ask("and still?") == "echo: and still?"
        refresh = talk.refresh
    token = httpx.post(f"{url}/web/session", json={"refresh": refresh}, timeout=30).json()["token"]
    shown = httpx.get(
        f"{url}/web/messages", params={"after": 0}, headers={"authorization": f"Bearer {token}"}, timeout=30
    )
    assert [turn["text"] for turn in shown.json()["turns"]] == [*moved.said, "and still?"]
    assert [turn["n"] for turn in shown.json()["turns"]] == [1, 2, 3]
