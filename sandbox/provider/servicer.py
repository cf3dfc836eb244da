"""The gRPC face of a stand-in: the engine's provider protocol over a `Provider` of plain Python values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.provider.codec import decode, encode
from sandbox.provider.protocol import (
    CheckAnswer,
    CheckQuestion,
    DiffAnswer,
    Failure,
    InitFailedError,
    Naming,
    Provider,
    ProviderError,
    Resource,
    Stored,
)
from sandbox.provider.status import abort_with

_FEATURES = {"acceptSecrets": True, "supportsPreview": True, "acceptResources": True, "acceptOutputs": True}


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves any number of provider instances on one port.

    The engine attaches every instance of a package to the same address, each over a connection of its own, so the
    configuration belongs to the connection.
    """

    def __init__(self, make: Callable[[], Provider]) -> None:
        self._make = make
        self._providers: dict[str, Provider] = {}
        self._last: Provider | None = None
        self._lock = threading.Lock()

    def _provider(self, context: grpc.ServicerContext) -> Provider:
        peer = context.peer()
        with self._lock:
            provider = self._providers.get(peer) or self._last  # a connection that was made anew has another port
            if provider is None:
                provider = self._providers[peer] = self._make()
            return provider

    # -- the plugin itself

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True, supports_autonaming_configuration=True
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=self._provider(context).version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.GetSchemaResponse(schema=self._provider(context).schema())

    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.GetMappingsResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._provider(context).cancel()
        return empty_pb2.Empty()

    # -- configuration

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _reported(context):
            return _check_response(self._make().check_config(decode(request.news)))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _reported(context):
            olds = decode(request.old_inputs) or decode(request.olds)
            return _diff_response(self._make().diff_config(olds, decode(request.news)))

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        provider = self._make()
        with _reported(context):
            provider.configure(decode(request.args))
        with self._lock:
            self._providers[context.peer()] = self._last = provider
        return provider_pb2.ConfigureResponse(**_FEATURES, supports_autonaming_configuration=True)

    # -- resources

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        question = CheckQuestion(
            resource=_resource(request),
            news=decode(request.news),
            olds=decode(request.olds) if request.HasField("olds") and request.olds.fields else None,
            seed=request.randomSeed,
            naming=Naming(request.autonaming.mode) if request.HasField("autonaming") else None,
            proposed_name=request.autonaming.proposed_name,
        )
        with _reported(context):
            return _check_response(self._provider(context).check(question))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        old, news = _stored(request, request.olds), decode(request.news)
        with _reported(context):
            return _diff_response(
                self._provider(context).diff(_resource(request), old, news, list(request.ignoreChanges))
            )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs = decode(request.properties)
        with _reported(context, inputs):
            id, outputs = self._provider(context).create(_resource(request), inputs, request.preview)
            return provider_pb2.CreateResponse(id=id, properties=encode(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        old = Stored(request.id, decode(request.inputs), decode(request.properties))
        with _reported(context, old.inputs):
            found = self._provider(context).read(_resource(request), old)
            if found is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(id=found.id, properties=encode(found.outputs), inputs=encode(found.inputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        old, news = _stored(request, request.olds), decode(request.news)
        with _reported(context, news):
            outputs = self._provider(context).update(_resource(request), old, news, request.preview)
            return provider_pb2.UpdateResponse(properties=encode(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _reported(context):
            self._provider(context).delete(_resource(request), _stored(request, request.properties))
        return empty_pb2.Empty()

    # -- functions

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _reported(context):
            result, failures = self._provider(context).invoke(request.tok, decode(request.args), request.preview)
            response = provider_pb2.InvokeResponse(failures=_failures(failures))
            getattr(response, "return").CopyFrom(encode(result))
            return response

    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{request.tok}: the stand-in offers no methods on resources")


def _resource(request: Any) -> Resource:
    """Type and name come with the request; older engines leave them to the URN."""
    urn_type, _, urn_name = request.urn.partition("::")[2].partition("::")[2].partition("::")
    return Resource(
        urn=request.urn,
        type=request.type or urn_type.rpartition("$")[2],
        name=request.name or urn_name,
        timeout=getattr(request, "timeout", 0.0),
    )


def _stored(request: Any, outputs: Any) -> Stored:
    return Stored(request.id, decode(request.old_inputs), decode(outputs))


def _failures(failures: list[Failure]) -> list[Any]:
    return [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures]


def _check_response(answer: CheckAnswer) -> Any:
    return provider_pb2.CheckResponse(inputs=encode(answer.inputs), failures=_failures(answer.failures))


def _diff_response(answer: DiffAnswer) -> Any:
    changed = bool(answer.changes)
    message: Any = provider_pb2.PropertyDiff
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=[path for path, kind in answer.changes.items() if kind.replaces],
        diffs=list(dict.fromkeys(path.split(".")[0].split("[")[0] for path in answer.changes)),
        detailedDiff={path: message(kind=kind.value) for path, kind in answer.changes.items()},
        hasDetailedDiff=changed,
        deleteBeforeReplace=answer.delete_before_replace,
    )


@contextmanager
def _reported(context: grpc.ServicerContext, inputs: dict[str, Any] | None = None) -> Generator[None]:
    """Turns what goes wrong into the protocol's answers: one line, never a stack trace."""
    try:
        yield
    except InitFailedError as problem:
        detail = provider_pb2.ErrorResourceInitFailed(
            id=problem.id, properties=encode(problem.outputs), reasons=problem.reasons, inputs=encode(inputs or {})
        )
        abort_with(context, _line(problem), detail)
    except ProviderError as problem:
        _abort(context, _line(problem))
    except grpc.RpcError:
        raise
    except Exception as problem:  # any other exception of a handler is the cloud's or ours: its text is what helps
        _abort(context, f"{type(problem).__name__}: {_line(problem)}")


def _line(problem: Exception) -> str:
    return " ".join(str(problem).split())


def _abort(context: grpc.ServicerContext, text: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, text)
    raise AssertionError("abort returned")
