"""Reads a component's arguments into a spec of plain values, and tells every fault at once."""

import difflib
import inspect
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from enum import Enum
from types import UnionType
from typing import Any, NotRequired, Required, TypeVar, Union, cast, get_args, get_origin, is_typeddict

import pulumi
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

Fault = tuple[str, str]  # path of the field, what is wrong with it

_SHOWN_CHARS_MAX = 60


class InputError(pulumi.RunError):
    """A component's arguments are wrong; the text has one line per fault. Nothing was registered."""


def to_camel(name: str) -> str:
    """The schema's spelling of a Python name: `retention_days` is `retentionDays`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


class Spec(BaseModel):
    """The plain values among a component's arguments, checked: what decides which resources there are."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_default=True, alias_generator=to_camel, populate_by_name=True
    )


S = TypeVar("S", bound=Spec)


def _whole(value: Any) -> Any:  # a plugin receives every number as a float
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
"""For `Annotated[int, Whole]`: takes 3.0 for 3, because that is how numbers cross the wire, and nothing else."""


def member(kind: type[Enum]) -> BeforeValidator:
    """For `Annotated[E, member(E)]`: takes a member or its value."""

    def read(value: Any) -> Any:
        known = [str(one.value) for one in kind]
        if isinstance(value, kind):
            return value
        if isinstance(value, str) and value in known:
            return kind(value)
        raise ValueError(_choice(known))

    return BeforeValidator(read)


def disagree(*faults: tuple[str, object, str]) -> PydanticCustomError:
    """The error of a validator over several fields: (field, got, expected) for each fault."""
    told = [(path, f"got {shown(got)}, expected {expected}") for path, got, expected in faults]
    return PydanticCustomError("disagree", "fields disagree", {"faults": told})


def read_spec(spec: type[S], where: str, args_type: Any, args: object, also: Iterable[Fault] = ()) -> S:
    """The spec in `args`, whose declared shape is `args_type`; raises InputError naming `where` and every fault."""
    if not isinstance(args, Mapping):
        raise InputError(f"{where}: args: got {shown(args)}, expected a dictionary")
    given = cast("Mapping[str, Any]", args)
    faults = [*also, *_shape_faults(args_type, given, "")]
    read: S | None = None
    told = {path for path, _ in faults}
    try:
        read = spec.model_validate(_plain(spec, given))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=True):
            faults += [fault for fault in _told(detail) if fault[0] not in told]
    refuse(where, faults)
    if read is None:  # cannot be: what pydantic refuses is among the faults
        raise InputError(f"{where}: args: expected others")
    return read


def refuse(where: str, faults: Iterable[Fault]) -> None:
    """Raises InputError naming `where` and every fault, if there is any."""
    if lines := [f"{where}: {path}: {text}" for path, text in dict.fromkeys(faults)]:
        raise InputError("\n".join(lines))


def shown(value: object) -> str:
    """A value for a message: short, and never the inside of an object."""
    if isinstance(value, pulumi.Output) or inspect.isawaitable(value):
        return "an output"
    if value is None:
        return "nothing"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # as it was written, before it crossed the wire
    if isinstance(value, Mapping):
        return f"an object with {_count(len(cast('Mapping[str, Any]', value)), 'key')}"
    if isinstance(value, (list, tuple, set)):
        return f"a list of {_count(len(cast('list[Any]', value)), 'item')}"
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS_MAX else f"{text[:_SHOWN_CHARS_MAX]}… ({_count(len(text), 'character')})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _choice(words: Iterable[object]) -> str:
    told = [repr(word) for word in words]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} or {told[-1]}"


def _plain(spec: type[Spec], args: Mapping[str, Any]) -> dict[str, Any]:
    """What of `args` the spec has fields for, nested groups likewise; the rest are inputs, which may be unknown."""
    found: dict[str, Any] = {}
    for name, field in spec.model_fields.items():
        value = args.get(name)
        if value is None:
            continue
        group = next((kind for kind in _kinds(field.annotation) if issubclass(kind, Spec)), None)
        if group is not None and isinstance(value, list):
            found[name] = [_plain_item(group, item) for item in cast("list[Any]", value)]
        else:
            found[name] = value if group is None else _plain_item(group, value)
    return found


def _plain_item(group: type[Spec], value: Any) -> Any:
    return _plain(group, cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def _kinds(annotation: Any) -> Iterator[type]:
    if get_origin(annotation) in (Union, UnionType, list):
        for one in get_args(annotation):
            yield from _kinds(one)
    elif isinstance(annotation, type):
        yield annotation


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) in (NotRequired, Required):
        annotation = get_args(annotation)[0]
    return annotation


def _shape_faults(args_type: Any, value: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """Unknown keys, missing keys and inputs of the wrong kind, for a TypedDict and the TypedDicts inside it."""
    hints: dict[str, Any] = args_type.__annotations__  # of a TypedDict: inherited ones too
    for key in value:
        if key not in hints:
            near = difflib.get_close_matches(str(key), hints, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(sorted(hints))}"
            yield f"{path}{key}", f"unknown argument, {hint}"
    for name, hint in hints.items():
        given, kind = value.get(name), _bare(hint)
        if given is None:
            if name in args_type.__required_keys__:
                yield f"{path}{name}", f"got nothing, expected {_expected(kind)}"
        elif is_typeddict(kind):
            if isinstance(given, Mapping):
                yield from _shape_faults(kind, cast("Mapping[str, Any]", given), f"{path}{name}.")
            else:
                yield f"{path}{name}", f"got {shown(given)}, expected an object"
        else:
            yield from _input_faults(kind, given, f"{path}{name}")


def _input_faults(kind: Any, given: Any, path: str) -> Iterator[Fault]:
    """Faults of one input; plain fields are the spec's business."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is list and isinstance(given, list):
        if not given and _is_input(inside[0]):
            yield path, "got a list of 0 items, expected at least one"
        for index, item in enumerate(cast("list[Any]", given)):
            yield from _item_faults(inside[0], item, f"{path}[{index}]")
    elif origin is list and _holds_inputs(inside[0]):
        yield path, f"got {shown(given)}, expected a list"
    elif origin is dict and isinstance(given, Mapping):
        for key, item in cast("Mapping[str, Any]", given).items():
            yield from _input_faults(inside[1], item, f"{path}[{key!r}]")
    elif origin is dict and _holds_inputs(inside[1]):
        yield path, f"got {shown(given)}, expected an object"
    elif _is_input(kind) and not (isinstance(given, pulumi.Output) or inspect.isawaitable(given)):
        wanted = Mapping if any(get_origin(one) is Mapping for one in inside) else str
        if not isinstance(given, wanted) or given == "":
            yield path, f"got {shown(given)}, expected {'an object' if wanted is Mapping else 'a text or an output'}"


def _item_faults(kind: Any, item: Any, path: str) -> Iterator[Fault]:
    if not is_typeddict(kind):
        yield from _input_faults(kind, item, path)
    elif isinstance(item, Mapping):
        yield from _shape_faults(kind, cast("Mapping[str, Any]", item), f"{path}.")
    else:
        yield path, f"got {shown(item)}, expected an object"


def _is_input(kind: Any) -> bool:
    return get_origin(kind) is Union and any(get_origin(one) is Awaitable for one in get_args(kind))


def _holds_inputs(kind: Any) -> bool:
    return _is_input(kind) or is_typeddict(kind)


def _expected(kind: Any) -> str:
    if _is_input(kind) or kind is str:
        return "a text"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choice(one.value for one in kind)
    return {int: "a whole number", float: "a number", bool: "true or false"}.get(
        kind, "a list" if get_origin(kind) is list else "an object"
    )


def _told(detail: ErrorDetails) -> Iterator[Fault]:
    """The faults in one of pydantic's errors."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]]
    path = "".join(parts).lstrip(".")
    context: dict[str, Any] = detail.get("ctx") or {}
    if detail["type"] == "disagree":
        for field, text in context["faults"]:
            yield f"{path}.{field}" if path else field, text
        return
    expected = detail["msg"].removeprefix("Input should be ")
    if detail["type"] == "missing":
        yield path, "got nothing, expected a value"
    else:
        expected = expected.removeprefix("Value error, ").replace("a valid integer", "a whole number")
        yield path, f"got {shown(detail['input'])}, expected {expected}"
