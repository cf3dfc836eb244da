"""Turns a few functions around a resource type into a handler: ids, gone resources, one-line errors, tidy outputs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from sandbox.aws.call import Call
from sandbox.aws.facts import facts_of
from sandbox.aws.plan.same import blank
from sandbox.aws.services.forgotten import FORGOTTEN, SET_ELSEWHERE
from sandbox.provider.protocol import ProviderError

Values = dict[str, Any]

_GONE = {
    "404", "AWS.SimpleQueueService.NonExistentQueue", "DashboardNotFoundError", "NoSuchBucket", "NoSuchBucketPolicy",
    "NoSuchEntity", "NoSuchKey", "NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet", "NotFound", "NotFoundException", "OwnershipControlsNotFoundError", "ParameterNotFound",
    "ProvisionedConcurrencyConfigNotFoundException", "QueueDoesNotExist", "ResourceNotFound",
    "ResourceNotFoundException", "ServerSideEncryptionConfigurationNotFoundError",
}  # fmt: skip


class CloudError(ProviderError):
    """What the embedded cloud refused: one line with the type, the operation and its message."""


def is_gone(error: ClientError) -> bool:
    """True when the cloud says that there is no such thing."""
    return error.response.get("Error", {}).get("Code", "") in _GONE


@dataclass(frozen=True)
class Served:
    """A resource type as functions around the cloud's API. Each may raise what boto3 raises.

    `make` creates it and returns the id; `finish` does what takes further calls. `look` returns what is there, under
    the outputs' names and only what the cloud tells; None (or the cloud's "not found") means gone. `change` goes from
    the old outputs to the new inputs; None for a type whose every change replaces it. `remove` deletes.
    """

    token: str
    make: Callable[[Call, Values], str]
    look: Callable[[Call, str, Values], Values | None]
    remove: Callable[[Call, str, Values], Any]
    change: Callable[[Call, str, Values, Values], None] | None = None
    finish: Callable[[Call, str, Values], None] | None = None

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """All or nothing: what was made is removed again when a later step fails."""
        with self._told("create"):
            id = self.make(call, inputs)
            try:
                if self.finish:
                    self.finish(call, id, inputs)
                found = self.look(call, id, inputs)
            except Exception:
                with suppress(ClientError, BotoCoreError):
                    self.remove(call, id, inputs)
                raise
        if found is None:
            raise CloudError(f"{self.token}: create: {id} is not there although the cloud said that it was made")
        return id, {**inputs, **self._tidy(found, inputs, None)}

    def read(self, call: Call, id: str, state: Values) -> Values | None:
        """What is there, over what the state says; None when it is gone."""
        with self._told("read"):
            try:
                found = self.look(call, id, state)
            except ClientError as error:
                if is_gone(error):
                    return None
                raise
        if found is None:
            return None
        if not state and "region" in getattr(facts_of(self.token), "properties", {}):
            found = {"region": call.region, **found}  # an import
        held = {name: value for name, value in state.items() if name not in ("tagsAll", "id")}
        return {**held, **self._tidy(found, state, state)}

    def update(self, call: Call, id: str, old: Values, new: Values) -> Values:
        """Changes it in place."""
        with self._told("update"):
            if self.change:
                self.change(call, id, old, new)
            found = self.look(call, id, {**old, **new})
        if found is None:
            raise CloudError(f"{self.token}: update: {id} is gone; run a refresh, then update again")
        return {**new, **self._tidy(found, {**old, **new}, new)}

    def delete(self, call: Call, id: str, state: Values) -> None:
        """Removes it; gone already is fine."""
        with self._told("delete"):
            try:
                self.remove(call, id, state)
            except ClientError as error:
                if not is_gone(error):
                    raise

    def _tidy(self, found: Values, before: Values, own: Values | None) -> Values:
        """Without what says nothing: fields the cloud forgets, fields others set, and blanks where nothing was set.

        `own` says what the program itself set, for fields that others may set too; None while it is being made.
        """
        forgotten, elsewhere = FORGOTTEN.get(self.token, {}), SET_ELSEWHERE.get(self.token, {})
        tidy: Values = {}
        for name, value in found.items():
            if (name in forgotten and before) or (own and name in elsewhere and elsewhere[name](own.get(name))):
                continue
            if name != "tags" and blank(value) and blank(before.get(name)):
                continue
            tidy[name] = _blank_like(before.get(name)) if value is None else value
        return tidy

    @contextmanager
    def _told(self, operation: str) -> Generator[None]:
        try:
            yield
        except ParamValidationError as error:
            raise CloudError(f"{self.token}: {operation}: {_one_line(str(error))}") from error
        except ClientError as error:
            told = error.response.get("Error", {})
            text = _one_line(str(told.get("Message") or told.get("Code") or error))
            raise CloudError(f"{self.token}: {operation}: {error.operation_name}: {text}") from error
        except BotoCoreError as error:
            raise CloudError(f"{self.token}: {operation}: {_one_line(str(error))}") from error


def _blank_like(value: Any) -> Any:
    """The blank of a value's kind: something was set and is not there any more, which "not told" would hide."""
    return type(value)() if isinstance(value, str | int | float | list | dict) else value


def _one_line(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
