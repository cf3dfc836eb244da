"""What a service handler gets besides its inputs: a way to the embedded cloud and where the resource lives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True)
class Call:
    """One operation on one resource. `endpoint` is the embedded cloud's URL, None when there is none."""

    session: boto3.Session
    endpoint: str | None
    region: str
    account: str
    partition: str
    urn: str

    def client(self, service: str) -> Any:
        """A boto3 client of `service` ("sqs", "lambda") for this region, bound to the embedded cloud; made once."""
        return _client(self.session, service, self.endpoint, self.region)


_MAKING = Lock()  # a session makes one client at a time; clients themselves may be shared


def _client(session: boto3.Session, service: str, endpoint: str | None, region: str) -> Any:
    with _MAKING:
        return _made(session, service, endpoint, region)


@lru_cache(maxsize=256)
def _made(session: boto3.Session, service: str, endpoint: str | None, region: str) -> Any:
    from botocore.config import Config

    settings = Config(
        retries={"mode": "standard", "total_max_attempts": 1},  # the embedded cloud's refusals are final
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=32,
        s3={"addressing_style": "path"},
    )
    return session.client(service, region_name=region, endpoint_url=endpoint, config=settings)
