"""Calls of providers' APIs: bounded in time and size, without redirects, and never written to a log."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
        self._total_s = total_s
        self._client: httpx.Client | None = None
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
            with self._http().stream(method, url, json=json, content=content, headers=told, params=params) as answer:
                body = bytearray()
                for part in answer.iter_raw():
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
            if self._client is not None:
                self._client.close()
                self._client = None

    def _http(self) -> "httpx.Client":
        with self._lock:
            if self._client is None:
                import httpx

                logging.getLogger("httpx").disabled = True  # it writes the address of every request
                self._client = httpx.Client(
                    timeout=httpx.Timeout(self._total_s - CONNECT_SECONDS, connect=CONNECT_SECONDS),
                    limits=httpx.Limits(max_connections=64, keepalive_expiry=KEEP_SECONDS),
                )
            return self._client
