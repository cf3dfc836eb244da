"""Health: /live says that the process runs, /ready which of its dependencies can be used."""

from collections.abc import Callable, Mapping
from functools import partial

from assistant import channels, log
from assistant.channels.contract import Given
from assistant.routing import Request, Response, Route, Services, as_json

RETRY_SECONDS = "2"


def live(request: Request, services: Services) -> Response:
    """GET /live: 200 as long as requests are answered at all."""
    return as_json(200, {"status": "live"})


def ready(request: Request, services: Services) -> Response:
    """GET /ready: 200 when everything that a message needs is there, else 503; the body has one line for each part."""
    checks = {name: _checked(name, check) for name, check in parts(services).items()}
    if all(said == "ready" for said in checks.values()):
        return as_json(200, {"status": "ready", "checks": checks})
    return as_json(503, {"status": "not ready", "checks": checks}, retry_after=RETRY_SECONDS)


def parts(services: Services) -> Mapping[str, Callable[[], object]]:
    """What is checked: the stores, and the secrets of each installation that this process works with."""
    checks: dict[str, Callable[[], object]] = {
        "configuration": lambda: services.config,
        # Made when they are checked: what the environment lacks is a line of the answer, and no failure of it.
        "queue": lambda: services.intake.ready(),  # noqa: PLW0108
        "sessions": lambda: services.sessions.ready(),  # noqa: PLW0108
    }
    for installation in services.installations:
        receiving = channels.load(installation.channel).rules.receiving
        for name in installation.secrets:
            if services.sends or name in receiving:
                check = partial(_secret, services.given(installation), name)
                checks[f"{installation.path[1:]} secret {name}"] = check
    return checks


def _secret(given: Given, name: str) -> None:
    if (given.installation.channel, name) == ("web", "token_key"):
        from assistant.channels.web import key

        key.of(given)  # made where it is absent
    else:
        given.secret(name)


def _checked(name: str, check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as failed:
        log.failure("not ready", failed, part=name)
        told = str(failed) if getattr(failed, "safe_to_log", False) else type(failed).__name__
        return f"not ready: {told}"
    return "ready"


ROUTES = (Route("GET", "/live", live), Route("GET", "/ready", ready), Route("GET", "/readyz", ready))
