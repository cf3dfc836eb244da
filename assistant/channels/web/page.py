"""Serves the chat page with a Content-Security-Policy that allows its own script and style and nothing else."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from assistant.routing import Request, Response, Services

PAGE = Path(__file__).with_name("page.html")


def page(request: Request, services: Services) -> Response:
    """GET /: the page."""
    html, policy = load()
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "x-frame-options": "DENY",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-cache",
    }
    return Response(200, html, headers)


@lru_cache(maxsize=1)
def load() -> tuple[str, str]:
    """The page and its policy; the hashes are of the very text that is served."""
    html = PAGE.read_text(encoding="utf-8")
    policy = {
        "default-src": "'none'", "script-src": _hashes(html, "script"), "style-src": _hashes(html, "style"),
        "connect-src": "'self'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'",
        "frame-ancestors": "'none'",
    }  # fmt: skip
    return html, "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def _hashes(html: str, tag: str) -> str:
    inline = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
