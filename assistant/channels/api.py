"""Calls of providers' APIs: bounded in time and size, without redirects, and never written to a log."""

import threading
import time
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

from assistant.channels.contract import Answer, SendError

if TYPE_CHECKING:
    import httpx

TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
MOST_BYTES = 1024 * 1024
KEEP_SECONDS = 5.0
"""How long an idle connection is kept: a provider that has closed it leaves unclear whether a message was taken."""


class HttpApi:
    """The `Api` protocol. Safe to use from several threads; connected when first used."""

    def __init__(self, *, total_s: float = TOTAL_SECONDS) -> None:
        wait = total_s - CONNECT_SECONDS
        self._total_s = total_s
        self._limits = {"timeout": {"connect": CONNECT_SECONDS, "read": wait, "write": wait, "pool": wait}}
        self._proxies = urllib.request.getproxies()
        self._transports: dict[str, httpx.HTTPTransport] = {}
        self._lock = threading.Lock()

    def call(
        self, method: str, url: str, *, json: Any = None, content: bytes | None = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """See `Api`. The errors name what happened and not the address, which may hold a token."""
        import httpx

        ends = time.monotonic() + self._total_s
        try:
            # Compressed answers are not asked for: a small one could fill the memory.
            told = {"accept-encoding": "identity", **(headers or {})}
            asked = httpx.Request(
                method, url, json=json, content=content, headers=told, params=params, extensions=self._limits
            )
            with closing(self._transport(asked.url).handle_request(asked)) as answer:
                body = bytearray()
                for part in cast("Iterable[bytes]", answer.stream):
                    body += part
                    if len(body) > MOST_BYTES or time.monotonic() > ends:
                        raise SendError(f"provider: got {len(body)} bytes and no end", passing=True, unclear=True)
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status_code, bytes(body), names)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise SendError(f"provider: got {type(error).__name__}, expected a connection", passing=True) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise SendError(f"provider: got {type(error).__name__}, expected a request that can be sent") from None
        except httpx.HTTPError as error:
            raise SendError(
                f"provider: got {type(error).__name__}, expected an answer", passing=True, unclear=True
            ) from None
        except (ValueError, TypeError) as error:  # a header, a parameter or a value of JSON that cannot be written
            raise SendError(f"provider: got {type(error).__name__}, expected a request that can be sent") from None

    def close(self) -> None:
        """Closes the kept connections."""
        with self._lock:
            for transport in self._transports.values():
                transport.close()
            self._transports.clear()

    def _transport(self, url: "httpx.URL") -> "httpx.HTTPTransport":
        """The connections to a proxy, or without one. httpx's client around them costs half as much again as the call,
        for redirects, cookies and ways to sign in that are never wanted here."""
        import httpx

        if url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol("expected http:// or https://")
        proxy = self._proxy(url)
        with self._lock:
            if proxy not in self._transports:
                limits = httpx.Limits(max_connections=64, keepalive_expiry=KEEP_SECONDS)
                self._transports[proxy] = httpx.HTTPTransport(proxy=proxy or None, limits=limits)
            return self._transports[proxy]

    def _proxy(self, url: "httpx.URL") -> str:
        """As HTTPS_PROXY, ALL_PROXY and NO_PROXY say it; empty: none."""
        address = self._proxies.get(url.scheme) or self._proxies.get("all") or ""
        if not address or urllib.request.proxy_bypass(url.host):
            return ""
        return address if "://" in address else f"http://{address}"
