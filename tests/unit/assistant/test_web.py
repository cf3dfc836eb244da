"""The web channel: sessions, messages and turns of one conversation, for whoever holds its token."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant import secrets
from assistant.channels.contract import Incoming, Installation, RefusedError
from assistant.channels.given import Installed
from assistant.channels.web import CHANNEL, EXTRA_ROUTES, tokens
from assistant.config import Config
from assistant.routing import Request, Response
from assistant.sessions import Turn
from tests.kit.assistant_parts import Clock

NOW = 1_700_000_000
HOST = "chat.example"
ROUTES = {(method, path): handler for method, path, handler in EXTRA_ROUTES}
MESSAGE = {"id": "message-1", "text": "hello"}


class Turns:
    """Sessions of which only the turns are read."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def turns(self, key: str, after: int) -> list[Turn]:
        self.asked.append((key, after))
        return [Turn("message-1", "hello", "hi", "2026-01-01T00:00:00.000Z", False, n=after + 1)]


class Web:
    """One installation and how it is asked."""

    def __init__(self, folder: Path, installation: str = "main", config: Config | None = None, **options: str) -> None:
        reference = {"token_key": f"file:{folder / f'key-{installation}'}"}
        self.clock = Clock(NOW)
        made: Any = Installed(Installation("web", "acme", installation, reference, options), None, None, self.clock)  # type: ignore[arg-type]
        self.given = made
        self.sessions = Turns()
        self.services: Any = SimpleNamespace(config=config or Config(), sessions=self.sessions)

    def ask(self, method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        named = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return ROUTES[method, path](Request(method, "/web" + path, query, content, named), self.services, self.given)

    def begin(self, **body: str) -> dict[str, Any]:
        answer = self.ask("POST", "/session", body)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def receive(self, token: str, message: Any = None, **headers: str) -> Incoming:
        content = json.dumps(MESSAGE if message is None else message).encode()
        named = {"host": HOST, "authorization": f"Bearer {token}", **headers}
        return CHANNEL.receive(Request("POST", "/web/messages", "", content, named), self.given)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    secrets._cache.clear()


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path)


def refused(call: Any) -> int:
    with pytest.raises(RefusedError) as told:
        call()
    return told.value.status


def test_a_visitor_is_given_a_conversation_of_their_own(web: Web) -> None:
    one, other = web.begin(), web.begin()
    assert set(one) == {"token", "expires_in", "refresh", "conversation", "stream"}
    assert one["expires_in"] == 900
    assert len(bytes.fromhex(one["conversation"])) == 16
    assert one["conversation"] != other["conversation"]


def test_a_message_belongs_to_the_conversation_of_its_token_whatever_its_body_says(web: Web) -> None:
    begun = web.begin()
    taken = web.receive(begun["token"], {**MESSAGE, "conversation": "somebody-else-s", "cid": "x", "user": "y"})
    assert (taken.conversation, taken.user) == (begun["conversation"], begun["conversation"])
    assert (taken.id, taken.text, taken.address) == ("message-1", "hello", {})
    assert (taken.ack.status, json.loads(taken.ack.body)) == (202, {"id": "message-1", "status": "accepted"})


def test_the_turns_of_the_token_s_conversation_are_read_and_no_other_s(web: Web) -> None:
    begun = web.begin()
    bearer = f"Bearer {begun['token']}"
    answer = web.ask("GET", "/messages", query="after=4&conversation=other", authorization=bearer)
    assert json.loads(answer.body)["turns"] == [
        {"n": 5, "id": "message-1", "text": "hello", "reply": "hi", "error": False, "at": "2026-01-01T00:00:00.000Z"}
    ]
    assert web.sessions.asked == [(f"acme#web#{begun['conversation']}", 4)]


def test_the_long_token_continues_the_conversation_when_the_short_one_has_ended(web: Web) -> None:
    begun = web.begin()
    web.clock.now += 901
    assert refused(lambda: web.receive(begun["token"])) == 401
    again = web.begin(refresh=begun["refresh"])
    assert again["conversation"] == begun["conversation"]
    assert web.receive(again["token"]).conversation == begun["conversation"]
    web.clock.now += 30 * 86_400 - 1
    assert web.begin(refresh=again["refresh"])["conversation"] == begun["conversation"]


def test_a_conversation_that_has_expired_is_not_continued(web: Web) -> None:
    begun = web.begin()
    web.clock.now += 30 * 86_400
    answer = web.ask("POST", "/session", {"refresh": begun["refresh"]})
    assert answer.status == 401
    assert "expired" in answer.body


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), ({"refresh": 7}, 400), ({"refresh": ""}, 401), ({"refresh": "a.b.c"}, 401),
     (b"x" * 5000, 413)],
)  # fmt: skip
def test_a_session_that_is_asked_for_wrongly_is_refused(web: Web, body: Any, status: int) -> None:
    answer = web.ask("POST", "/session", body)
    assert answer.status == status
    assert json.loads(answer.body)["error"].count("\n") == 0


def test_a_short_token_gives_no_session_and_a_long_one_no_message(web: Web) -> None:
    begun = web.begin()
    assert web.ask("POST", "/session", {"refresh": begun["token"]}).status == 401
    assert refused(lambda: web.receive(begun["refresh"])) == 401


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "bearer \u00e9"])
def test_without_a_genuine_token_nothing_is_taken_and_nothing_is_read(web: Web, authorization: str) -> None:
    web.begin()
    request = Request("POST", "/web/messages", "", json.dumps(MESSAGE).encode(), {"authorization": authorization})
    assert refused(lambda: CHANNEL.receive(request, web.given)) == 401
    assert web.ask("GET", "/messages", authorization=authorization).status == 401
    assert web.sessions.asked == []


@pytest.mark.parametrize(
    "message",
    [[], {"id": "message-1"}, {"text": "hello"}, {**MESSAGE, "id": "short"}, {**MESSAGE, "id": "with#mark"},
     {**MESSAGE, "id": 12345678}, {**MESSAGE, "text": "  \n"}, {**MESSAGE, "text": None}],
    ids=str,
)  # fmt: skip
def test_a_message_that_is_none_is_refused(web: Web, message: Any) -> None:
    token = web.begin()["token"]
    assert refused(lambda: web.receive(token, message)) == 400


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "\u0661", "1" * 12])
def test_turns_after_something_else_than_a_number_are_refused(web: Web, after: str) -> None:
    bearer = f"Bearer {web.begin()['token']}"
    assert web.ask("GET", "/messages", query=f"after={after}", authorization=bearer).status == 400


EVIL = ["https://evil.example", "null", "", "https://chat.example.evil.example", "https://chat.example:444", "file://",
        "https://[", "ftp://chat.example"]  # fmt: skip


@pytest.mark.parametrize("origin", EVIL, ids=repr)
@pytest.mark.parametrize("allowed", ["", "https://chat.example, https://www.example"])
def test_a_page_of_another_origin_is_refused_everywhere(tmp_path: Path, origin: str, allowed: str) -> None:
    web = Web(tmp_path, origins=allowed)
    token = web.begin()["token"]
    assert web.ask("POST", "/session", {}, origin=origin).status == 403
    assert web.ask("GET", "/messages", origin=origin, authorization=f"Bearer {token}").status == 403
    assert refused(lambda: web.receive(token, origin=origin)) == 403


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [("", "https://chat.example"), ("", "http://CHAT.example"),
     ("https://chat.example,https://www.example", "https://www.example")],
)  # fmt: skip
def test_the_page_s_own_origin_passes(tmp_path: Path, allowed: str, origin: str) -> None:
    web = Web(tmp_path, origins=allowed)
    assert web.ask("POST", "/session", {}, origin=origin).status == 200


def test_with_a_list_the_request_s_own_host_does_not_count(tmp_path: Path) -> None:
    web = Web(tmp_path, origins="https://www.example")
    assert web.ask("POST", "/session", {}, origin=f"https://{HOST}").status == 403


def test_a_program_sends_no_origin_and_needs_the_token_all_the_same(tmp_path: Path) -> None:
    web = Web(tmp_path, origins="https://chat.example")
    assert web.receive(web.begin()["token"]).text == "hello"


def test_a_channel_that_is_not_open_gives_no_visitor_a_conversation(tmp_path: Path) -> None:
    assert Web(tmp_path, access="invited").ask("POST", "/session", {}).status == 403


def test_one_installation_s_token_is_worth_nothing_at_another(tmp_path: Path) -> None:
    one, other = Web(tmp_path), Web(tmp_path, "other")
    other.begin()
    token = one.begin()["token"]
    assert refused(lambda: other.receive(token)) == 401


def test_a_key_that_cannot_be_read_is_a_503_and_not_a_refusal(web: Web) -> None:
    web.given.installation.secrets["token_key"] = "file:/absent/key"
    assert web.ask("POST", "/session", {}).status == 503
    assert web.ask("GET", "/messages", authorization="Bearer a.b.c").status == 503


def test_the_session_says_where_replies_can_be_read_as_they_come(tmp_path: Path) -> None:
    assert Web(tmp_path).begin()["stream"] is None
    one_process = Web(tmp_path)
    one_process.services.broker = object()
    assert one_process.begin()["stream"] == {"kind": "sse", "url": "events"}
    functions = Config(stream_url="wss://s.example/live")
    assert Web(tmp_path, config=functions).begin()["stream"] == {"kind": "websocket", "url": "wss://s.example/live"}
    other = Web(tmp_path, "other", config=functions).begin()["stream"]
    assert other["url"] == "wss://s.example/live?installation=other"


def test_no_refusal_repeats_a_token(web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    begun = web.begin()
    web.clock.now += 10**8
    said = web.ask("GET", "/messages", authorization=f"Bearer {begun['token']}").body
    said += web.ask("POST", "/session", {"refresh": begun["refresh"]}).body
    said += capsys.readouterr().err
    assert begun["token"].split(".")[1] not in said
    assert begun["refresh"].split(".")[1] not in said


def test_a_long_token_lives_as_long_as_the_turns(tmp_path: Path) -> None:
    web = Web(tmp_path, config=Config(session_days=2))
    begun = web.begin()
    signing = (tmp_path / "key-main").read_bytes()
    said = tokens.read(signing, begun["refresh"], NOW, audience=tokens.REFRESH)
    assert said.expires == NOW + 2 * 86_400
