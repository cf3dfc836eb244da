"""The key that signs an installation's tokens: read by reference, and made at first use where it is absent."""

import base64
import contextlib
import os
import secrets as chance
from pathlib import Path
from typing import Any

from assistant import aws, secrets
from assistant.channels.contract import Given
from assistant.secrets import SecretUnavailableError

NAME = "token_key"
KEY_BYTES = 32
# The same for every process: Secrets Manager takes one value per token, so those that race end with one key.
FIRST_VERSION = "3f1c8a52-6f0e-4d0a-9f5e-70a1c2d4b6e8"


def of(given: Given) -> bytes:
    """The installation's key. Raises SecretUnavailableError, also for a key that can be guessed."""
    reference = given.installation.secrets.get(NAME, "")
    key = ensure(reference) if reference else given.secret(NAME).encode()
    if len(key) < KEY_BYTES:
        raise SecretUnavailableError(f"{NAME}: got {len(key)} bytes, expected at least {KEY_BYTES}")
    return key


def ensure(reference: str) -> bytes:
    """The secret's text as bytes; made of 32 random bytes where `file:` or `secretsmanager:` names one that is absent.

    Kept for five minutes, as every secret is. Raises SecretUnavailableError.
    """
    try:
        return secrets.resolve(reference).encode()
    except SecretUnavailableError:
        _make(reference)
    return secrets.resolve(reference).encode()  # what was made, or what somebody else was first to make


def _make(reference: str) -> None:
    source, _, name = reference.partition(":")
    try:
        if source == "file":
            _file(Path(name))
        elif source == "secretsmanager":
            _secretsmanager(name)
    except Exception as error:
        # The cause is cut off on purpose: an SDK's error may quote what it sent.
        raise SecretUnavailableError(
            f"{reference}: got {type(error).__name__}, expected a key that can be made"
        ) from None


def _file(path: Path) -> None:
    """Makes the file unless it is there, readable by its owner only and whole from the first moment."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{chance.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(_random())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first
            os.link(fresh, path)  # unlike a rename, it fails then
    finally:
        fresh.unlink(missing_ok=True)


def _secretsmanager(name: str) -> None:
    """Gives a secret that has no value its first one."""
    client: Any = aws.client("secretsmanager")
    with contextlib.suppress(client.exceptions.ResourceNotFoundException):
        # Not found: no secret, or one without a value; only the latter can be given one. Stand-ins answer with nothing.
        if {"SecretString", "SecretBinary"} & client.get_secret_value(SecretId=name).keys():
            return
    with contextlib.suppress(client.exceptions.ResourceExistsException):  # another process was first
        client.put_secret_value(SecretId=name, ClientRequestToken=FIRST_VERSION, SecretString=_random())


def _random() -> str:
    return base64.b64encode(chance.token_bytes(KEY_BYTES)).decode()
