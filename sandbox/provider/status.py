"""Ends a call with an error that carries a message for the engine, in the form that gRPC expects in its trailers."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import status_pb2


class _Status(NamedTuple):
    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def abort_with(context: grpc.ServicerContext, text: str, detail: Any) -> NoReturn:
    """Fails the call with `text`, and the protobuf message `detail` beside it."""
    packed = any_pb2.Any()
    packed.Pack(detail)
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=text, details=[packed])
    answer: Any = _Status(code, text, (("grpc-status-details-bin", status.SerializeToString()),))
    context.abort_with_status(answer)
    raise AssertionError("abort returned")
