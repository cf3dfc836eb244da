"""What channels share in proving that a request is genuine."""

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels import verify
from assistant.channels.contract import RefusedError, Rules

RULES = Rules("any", 3, (), 600, past_s=300, future_s=300)


@settings(derandomize=True, deadline=None)
@examples(st.text(min_size=1) | st.binary(min_size=1), st.text(min_size=1) | st.binary(min_size=1))
def test_two_values_are_the_same_exactly_when_their_bytes_are(a: str | bytes, b: str | bytes) -> None:
    def as_bytes(value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")

    assert verify.same(a, b) == (as_bytes(a) == as_bytes(b))
    assert verify.same(a, a)


@pytest.mark.parametrize(("a", "b"), [("", ""), (b"", b""), ("", "x"), (b"x", "")])
def test_nothing_is_the_same_as_an_empty_value(a: str | bytes, b: str | bytes) -> None:
    assert not verify.same(a, b)


def test_what_is_not_ascii_is_compared_and_not_raised_upon() -> None:
    assert not verify.same("\u00fc\ud800", "u")


@pytest.mark.parametrize("text", ["0", "1700000000", "0017", "9" * 13])
def test_one_to_thirteen_digits_are_a_timestamp(text: str) -> None:
    assert verify.timestamp(text, "x-time") == int(text)


BAD_TIMES = [None, "", "abc", "-1", "+1", " 1", "1 ", "1\n", "1_0", "1.0", "1e3", "0x1", "\u0661\u0667", "9" * 14]


@pytest.mark.parametrize("text", BAD_TIMES)
def test_what_int_would_take_beside_digits_is_refused(text: str | None) -> None:
    with pytest.raises(RefusedError, match="x-time") as refused:
        verify.timestamp(text, "x-time")
    assert refused.value.status == 401


@pytest.mark.parametrize("at", [700, 701, 1000, 1299.9, 1300])
def test_the_ends_of_the_window_are_inside(at: float) -> None:
    refused: RefusedError | None = None
    try:
        verify.fresh(at, 1000, RULES)
    except RefusedError as error:
        refused = error
    assert refused is None


@pytest.mark.parametrize("at", [699.99, 699, 0, 1300.01, 1301, 10**13, float("inf"), float("-inf"), float("nan")])
def test_what_lies_outside_of_the_window_is_refused(at: float) -> None:
    with pytest.raises(RefusedError, match="time") as refused:
        verify.fresh(at, 1000, RULES)
    assert refused.value.status == 401


def test_a_channel_without_a_past_refuses_only_what_is_ahead() -> None:
    rules = Rules("any", 3, (), 600)
    verify.fresh(0, 10**9, rules)
    with pytest.raises(RefusedError):
        verify.fresh(10**9 + 301, 10**9, rules)


BAD_BODIES = [b"", b"{", b"[]", b"1", b"null", b'"x"', b"\xff\xfe{}", b'{"a":"\xff"}', b"[" * 200_000, b"1" * 5000]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_body_that_is_no_object_is_refused_as_unreadable(body: bytes) -> None:
    with pytest.raises(RefusedError, match="body") as refused:
        verify.read_object(body)
    assert refused.value.status == 400


def test_halves_of_surrogate_pairs_are_replaced_and_whole_ones_kept() -> None:
    read = verify.read_object(b'{"a":"x\\ud83dy","\\udc00":["\\ud83d\\ude00"],"n":1.5}')
    assert read == {"a": "x\ufffdy", "\ufffd": ["\U0001f600"], "n": 1.5}


@settings(derandomize=True, deadline=None)
@examples(st.binary(max_size=60))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    status, read = 200, {}
    try:
        read = verify.read_object(body)
    except RefusedError as refused:
        status = refused.status
    assert status in (200, 400)
    assert isinstance(read, dict)


@pytest.mark.parametrize("headers", [{}, {"x-signature": ""}])
def test_a_header_that_is_absent_or_empty_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="x-signature") as refused:
        verify.required(headers, "x-signature")
    assert refused.value.status == 401
