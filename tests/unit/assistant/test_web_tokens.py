"""Tokens of the web channel: only what the key's owner signed, for this use, and not for long."""

import base64
import json
import os
import stat
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from assistant import aws, secrets
from assistant.channels.contract import Installation, RefusedError
from assistant.channels.given import Installed
from assistant.channels.web import key, tokens
from assistant.channels.web.tokens import Claims
from assistant.secrets import SecretUnavailableError

KEY = b"web-chat-test-key-0123456789abcdef"
NOW = 1_700_000_000
CLAIMS: dict[str, Any] = {
    "iss": "chat", "aud": "web", "sub": "user-1", "cid": "conv-1", "iat": NOW, "exp": NOW + 900,
}  # fmt: skip
HEADER = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
PAYLOAD = (
    "eyJpc3MiOiJjaGF0IiwiYXVkIjoid2ViIiwic3ViIjoidXNlci0xIiwiY2lkIjoiY29udi0xIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAw"
    "MDA5MDB9"
)
OTHER_USER = (
    "eyJpc3MiOiJjaGF0IiwiYXVkIjoid2ViIiwic3ViIjoidXNlci0yIiwiY2lkIjoiY29udi0xIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAw"
    "MDA5MDB9"
)
SIGNATURE = "dnSRsrI9oyevHxHx9OshQ3pDpavaBeaIuPkUv9dg8TQ"
GENUINE = f"{HEADER}.{PAYLOAD}.{SIGNATURE}"
FORGED = {
    "signed with another key": f"{HEADER}.{PAYLOAD}.BB-xdOUXf_I455j2z2U1_Sl9hUovzMOIbA2C8fiCFj4",
    "no algorithm": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{PAYLOAD}.",
    "another person": f"{HEADER}.{OTHER_USER}.{SIGNATURE}",
    "truncated": GENUINE[:-1],
    "without a signature": f"{HEADER}.{PAYLOAD}.",
    "two parts": f"{HEADER}.{PAYLOAD}",
    "nothing": "",
    "no token": "a.b.c",
    "not ASCII": "\u00e9.\ud800.x",
    "too long": GENUINE + "A" * 3000,
}


def signed(claims: dict[str, Any], signing: bytes = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, signing, algorithm=algorithm)


def refusal(token: str, now: float = NOW, **more: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        tokens.read(KEY, token, now, **more)
    return refused.value


def test_a_token_is_made_and_read_as_the_vector_says() -> None:
    assert tokens.issue(KEY, "conv-1", "user-1", NOW) == GENUINE
    assert tokens.read(KEY, GENUINE, NOW) == Claims("user-1", "conv-1", NOW + 900)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused_without_being_repeated(name: str) -> None:
    refused = refusal(FORGED[name])
    assert refused.status == 401
    assert PAYLOAD not in str(refused)


@pytest.mark.parametrize(("at", "holds"), [(899, True), (899.9, True), (900, False), (901, False)])
def test_a_token_holds_for_fifteen_minutes(at: float, holds: bool) -> None:
    if holds:
        assert tokens.read(KEY, GENUINE, NOW + at).cid == "conv-1"
    else:
        assert "expired" in str(refusal(GENUINE, NOW + at))


def test_a_token_from_the_future_is_refused() -> None:
    assert tokens.read(KEY, GENUINE, NOW - 60).cid == "conv-1"
    assert "future" in str(refusal(GENUINE, NOW - 61))


@pytest.mark.parametrize("missing", sorted(CLAIMS))
def test_a_signed_token_that_lacks_a_claim_is_refused(missing: str) -> None:
    assert refusal(signed({name: value for name, value in CLAIMS.items() if name != missing})).status == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "joe"}, {"aud": "web-refresh"}, {"aud": ["web", "other"]}, {"sub": 7}, {"sub": ""}, {"cid": 7},
        {"cid": "a#b"}, {"cid": ""}, {"cid": "x" * 65}, {"iat": True}, {"iat": "1"}, {"exp": NOW + 900.5},
        {"exp": "never"},
    ],
    ids=str,
)  # fmt: skip
def test_a_signed_token_that_says_something_else_is_refused(changed: dict[str, Any]) -> None:
    assert refusal(signed(CLAIMS | changed)).status == 401


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_another_algorithm_is_refused_even_with_the_right_key(algorithm: str) -> None:
    assert "InvalidAlgorithmError" in str(refusal(signed(CLAIMS, algorithm=algorithm)))


def test_a_token_without_an_algorithm_is_refused_however_its_name_is_written() -> None:
    for name in ("none", "None", "NONE"):
        header = base64.urlsafe_b64encode(json.dumps({"alg": name}).encode()).decode().rstrip("=")
        assert refusal(f"{header}.{PAYLOAD}.").status == 401


def test_a_long_token_does_not_pass_for_a_short_one_nor_the_other_way_round() -> None:
    long = tokens.issue(KEY, "conv-1", "user-1", NOW, audience=tokens.REFRESH, life_s=86_400)
    assert tokens.read(KEY, long, NOW + 86_399, audience=tokens.REFRESH).cid == "conv-1"
    assert refusal(long).status == 401
    assert refusal(GENUINE, audience=tokens.REFRESH).status == 401


def test_the_standard_s_own_example_is_no_token_of_ours() -> None:
    example = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
        "NvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    own = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
    signing = base64.urlsafe_b64decode(own)
    assert jwt.decode(example, signing, algorithms=["HS256"], options={"verify_exp": False})["iss"] == "joe"
    with pytest.raises(RefusedError):
        tokens.read(signing, example, 1_300_819_379)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    secrets._cache.clear()


def test_the_key_s_file_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "web-token-key"
    made = key.ensure(f"file:{file}")
    assert len(base64.b64decode(made)) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["web-token-key"]
    secrets._cache.clear()
    assert key.ensure(f"file:{file}") == made


def test_processes_that_make_the_key_s_file_at_the_same_time_end_with_one(tmp_path: Path) -> None:
    reference, found, together = f"file:{tmp_path / 'key'}", list[bytes](), threading.Barrier(8)

    def make() -> None:
        together.wait(10)
        key._make(reference)
        found.append((tmp_path / "key").read_bytes())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert os.listdir(tmp_path) == ["key"]


def test_a_secret_without_a_value_is_given_one_and_keeps_it(cloud: str) -> None:
    name = f"web-{uuid.uuid4().hex}"
    aws.client("secretsmanager").create_secret(Name=name)
    made = key.ensure(f"secretsmanager:{name}")
    assert len(base64.b64decode(made)) == 32
    secrets._cache.clear()
    assert key.ensure(f"secretsmanager:{name}") == made


class AbsentError(Exception):
    """ResourceNotFoundException."""


class ExistsError(Exception):
    """ResourceExistsException."""


class Racing:
    """Secrets Manager as the second of two processes sees it."""

    exceptions = SimpleNamespace(ResourceNotFoundException=AbsentError, ResourceExistsException=ExistsError)

    def __init__(self) -> None:
        self.value, self.tokens = "", list[str]()

    def get_secret_value(self, **_: str) -> dict[str, str]:
        if not self.value:
            raise AbsentError
        return {"SecretString": self.value}

    def put_secret_value(self, **given: str) -> None:
        self.tokens.append(given["ClientRequestToken"])
        self.value = "x" * 44  # the other process was first
        raise ExistsError


def test_the_second_of_two_processes_takes_the_key_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    racing = Racing()
    monkeypatch.setattr(aws, "client", lambda service: racing)
    assert key.ensure("secretsmanager:web") == b"x" * 44
    assert racing.tokens == [key.FIRST_VERSION]


def test_a_secret_that_cannot_be_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    class Denied(Racing):
        def get_secret_value(self, **_: str) -> dict[str, str]:
            raise PermissionError

    denied = Denied()
    monkeypatch.setattr(aws, "client", lambda service: denied)
    with pytest.raises(SecretUnavailableError, match="secretsmanager:web"):
        key.ensure("secretsmanager:web")
    assert denied.tokens == []


def test_a_secret_that_does_not_exist_is_told(cloud: str) -> None:
    with pytest.raises(SecretUnavailableError, match="secretsmanager:absent"):
        key.ensure("secretsmanager:absent")
    with pytest.raises(SecretUnavailableError, match="file:/absent/key"):
        key.ensure("file:/absent/key")


def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("changeme")
    installation = Installation("web", secrets={"token_key": f"file:{tmp_path / 'key'}"})
    given: Any = Installed(installation, None, None)  # type: ignore[arg-type]
    with pytest.raises(SecretUnavailableError, match="token_key: got 8 bytes, expected at least 32"):
        key.of(given)
