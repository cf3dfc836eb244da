"""Tells Telegram where a bot's messages go, and what Telegram says about that."""

import re
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from assistant.channels.contract import Given, SendError
from assistant.channels.telegram import calls

SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
PORTS = {443, 80, 88, 8443}
UPDATES = ["message"]  # the only kind that is answered
CONNECTIONS = 40


class RegistrationError(RuntimeError):
    """The bot could not be registered; one line that names no secret."""

    safe_to_log = True


def set_webhook(given: Given, url: str, connections: int = CONNECTIONS) -> None:
    """Has messages delivered to `url` (https), by at most that many (1 to 100) connections at a time.

    Messages that wait are delivered there too. Needs nothing at the address yet. Raises RegistrationError,
    SecretUnavailableError.
    """
    secret_token = given.secret("secret_token")
    if not SECRET_TOKEN.fullmatch(secret_token):
        raise RegistrationError("secret_token: got something else, expected 1 to 256 letters, digits, _ and -")
    if not _fits(url):
        ports = ", ".join(str(port) for port in sorted(PORTS))
        raise RegistrationError(f"url: got {url[:100]!r}, expected an https address at a port of {ports}")
    if not 1 <= connections <= 100:
        raise RegistrationError(f"connections: got {connections}, expected 1 to 100")
    fields = {
        "url": url, "secret_token": secret_token, "allowed_updates": UPDATES, "max_connections": connections,
        "drop_pending_updates": False,
    }  # fmt: skip
    _result(given, "setWebhook", fields)


def check(given: Given) -> str:
    """One line: the address that is set, how many messages wait, and the last failed delivery.

    Raises RegistrationError, SecretUnavailableError.
    """
    info = cast("dict[str, Any]", _result(given, "getWebhookInfo", {}))
    if not info.get("url"):
        return "telegram: no address is set, messages wait for a day"
    line = f"telegram: set to {info['url']}, {info.get('pending_update_count', 0)} waiting"
    if not info.get("last_error_message"):
        return f"{line}, no failure"
    reason = " ".join(str(info["last_error_message"])[:200].split())
    at = datetime.fromtimestamp(int(info.get("last_error_date", 0)), UTC).isoformat().replace("+00:00", "Z")
    return f"{line}, last failure {at}: {reason}"


def _fits(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and (parts.port or 443) in PORTS
    except ValueError:
        return False


def _result(given: Given, method: str, fields: dict[str, Any]) -> Any:
    try:
        answer = calls.ask(given, method, fields)
    except SendError as failed:
        raise RegistrationError(f"{method}: {failed}") from None
    if not calls.accepted(answer):
        reason = " ".join(calls.description(answer)[:200].split())  # no message was sent, so there is none to quote
        raise RegistrationError(f"{method}: {calls.error(answer, given)}; {reason or 'no reason given'}")
    return calls.content(answer).get("result")
