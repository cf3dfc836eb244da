"""The web channel's tokens: who writes, and in which conversation, signed with the installation's key."""

import re
from dataclasses import dataclass
from typing import Any

from assistant.channels.contract import RefusedError

ISSUER = "chat"
SHORT, REFRESH = "web", "web-refresh"  # the two audiences: one token never passes for the other
SHORT_SECONDS = 900
AHEAD_SECONDS = 60  # what clocks of two machines may differ
MOST_CHARS = 2048
ALGORITHM = "HS256"
PART = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
REQUIRED = ("iss", "aud", "sub", "cid", "iat", "exp")


@dataclass(frozen=True)
class Claims:
    """What a token says."""

    sub: str
    """Who writes. A visitor without a name is known by the conversation."""
    cid: str
    """The conversation."""
    expires: int
    """Seconds since 1970."""


def issue(
    key: bytes, cid: str, sub: str, now: float, *, audience: str = SHORT, life_s: int = SHORT_SECONDS
) -> str:  # fmt: skip
    """A token that holds for `life_s` seconds from `now` (seconds since 1970)."""
    import jwt

    at = int(now)
    claims = {"iss": ISSUER, "aud": audience, "sub": sub, "cid": cid, "iat": at, "exp": at + life_s}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def read(key: bytes, token: str, now: float, *, audience: str = SHORT) -> Claims:
    """What a genuine token says. Raises RefusedError (401) for any other, and for one that has expired."""
    import jwt

    if len(token) > MOST_CHARS:
        raise RefusedError(f"token: got {len(token)} characters, expected at most {MOST_CHARS}")
    # The times are judged here: the library knows no clock but the machine's.
    options: Any = {"require": list(REQUIRED), "strict_aud": True, "verify_exp": False, "verify_iat": False}
    try:
        said = jwt.decode(token, key, algorithms=[ALGORITHM], audience=audience, issuer=ISSUER, options=options)
    except (jwt.PyJWTError, UnicodeError) as error:
        raise RefusedError(f"token: got one that is not genuine ({type(error).__name__}), expected ours") from None
    times = [said["iat"], said["exp"]]
    if not all(isinstance(time, int) and not isinstance(time, bool) for time in times):
        raise RefusedError("token: got times that are no whole numbers, expected seconds since 1970")
    issued, expires = times
    if now >= expires:
        raise RefusedError("token: got one that has expired, expected one that holds; ask for another")
    if issued > now + AHEAD_SECONDS:
        raise RefusedError(f"token: got one from the future, expected at most {AHEAD_SECONDS} s ahead")
    for name in ("sub", "cid"):
        if not isinstance(said[name], str) or not PART.fullmatch(said[name]):
            raise RefusedError(f"token: got a {name} that is none, expected 1 to 64 letters, digits and -_.:")
    return Claims(said["sub"], said["cid"], expires)
