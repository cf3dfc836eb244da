"""Serves the chat page with a Content-Security-Policy that allows its own script and style and nothing else."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from assistant.channels.contract import Given
from assistant.routing import Request, Response, Services

FOLDER = Path(__file__).parent
SCRIPTS = ("talk.js", "show.js", "listen.js", "page.js")  # in this order; each may use what the ones before it have


def page(request: Request, services: Services, given: Given) -> Response:
    """GET /: the page."""
    html, policy = load(below(given.installation.name, request.path), _origin(services.config.stream_url))
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "x-frame-options": "DENY",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-cache",
    }
    return Response(200, html, headers)


def below(installation: str, path: str) -> str:
    """Where the channel's routes are, as seen from its page at `path`."""
    if installation == "main":
        return "web/"
    return "" if path.endswith("/") else f"{installation}/"


@lru_cache(maxsize=8)
def load(path: str = "web/", stream: str = "") -> tuple[str, str]:
    """The page and its policy; the hashes are of the very text that is served. `stream` is where it may connect to."""
    script = "".join(_text(name) for name in SCRIPTS)
    html = _text("page.html").replace("{path}", path)
    html = html.replace("<style></style>", f"<style>\n{_text('page.css')}</style>")
    html = html.replace("<script></script>", f'<script>\n"use strict";\n(() => {{\n{script}}})();\n</script>')
    policy = {
        "default-src": "'none'", "script-src": _hashes(html, "script"), "style-src": _hashes(html, "style"),
        "connect-src": f"'self' {stream}".rstrip(), "img-src": "data:", "base-uri": "'none'", "form-action": "'none'",
        "frame-ancestors": "'none'",
    }  # fmt: skip
    return html, "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _hashes(html: str, tag: str) -> str:
    inline = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
