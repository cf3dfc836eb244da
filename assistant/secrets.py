"""Secrets read by reference at run time: secretsmanager:NAME, ssm:NAME or file:PATH."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant import aws

CACHE_SECONDS = 300  # a rotated secret is picked up within five minutes without a restart

_lock = threading.Lock()
_cache: dict[str, tuple[float, str]] = {}


class SecretUnavailableError(RuntimeError):
    """The secret could not be read; the text names the reference and never the value."""

    safe_to_log = True


def resolve(reference: str) -> str:
    """The secret's text, without surrounding blanks; kept for five minutes. Raises SecretUnavailableError."""
    with _lock:
        known = _cache.get(reference)
        if known and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        source, _, name = reference.partition(":")
        if source not in _SOURCES or not name:
            raise SecretUnavailableError(
                f"secret reference: got a source of {len(source)} characters that is not known, "
                "expected secretsmanager:NAME, ssm:NAME or file:PATH"
            )
        try:
            value = _SOURCES[source](name).strip()
        except Exception as error:
            # The cause is cut off on purpose: an SDK's error may quote what it received.
            raise SecretUnavailableError(
                f"{reference}: got {_code(error)}, expected a secret that can be read"
            ) from None
        if not value:
            raise SecretUnavailableError(f"{reference}: got an empty secret, expected text")
        _cache[reference] = (time.monotonic(), value)
        return value


def forget(reference: str) -> None:
    """Drops the kept value, so that the next `resolve` reads it again (after it was refused)."""
    with _lock:
        _cache.pop(reference, None)


def _code(error: Exception) -> str:
    response: Any = getattr(error, "response", None)
    return str(response["Error"]["Code"]) if isinstance(response, dict) else type(error).__name__


def _secretsmanager(name: str) -> str:
    return str(aws.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def _ssm(name: str) -> str:
    return str(aws.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def _file(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


_SOURCES: dict[str, Callable[[str], str]] = {"secretsmanager": _secretsmanager, "ssm": _ssm, "file": _file}
