"""Health: /live says that the process runs, /ready which of its dependencies can be used."""

from collections.abc import Callable, Mapping

from assistant import log
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
    """What is checked: the stores, and the secrets of each installation."""
    checks: dict[str, Callable[[], object]] = {
        "configuration": lambda: services.config,
        "queue": lambda: services.intake.ready(),
        "sessions": lambda: services.sessions.ready(),
    }
    for installation in services.installations:
        for name in installation.secrets:
            given = services.given(installation)
            checks[f"{installation.path[1:]} secret {name}"] = lambda given=given, name=name: given.secret(name)
    return checks


def _checked(name: str, check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as failed:
        log.failure("not ready", failed, part=name)
        told = str(failed) if getattr(failed, "safe_to_log", False) else type(failed).__name__
        return f"not ready: {told}"
    return "ready"


ROUTES = (Route("GET", "/live", live), Route("GET", "/ready", ready), Route("GET", "/readyz", ready))
