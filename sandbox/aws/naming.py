"""Names that the provider makes for resources whose program gives none: the program's name and seven random digits."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.aws.facts import TypeFacts
from sandbox.provider.protocol import CheckQuestion, Naming
from sandbox.provider.values import plain

DIGITS = 7
DEFAULT_MOST = 255
_NAMED_BY = {"aws:s3/bucket:Bucket": "bucket"}
_MOST = {  # shorter than what the schema allows, or not said there
    "aws:lambda/function:Function": 64,
    "aws:iam/role:Role": 64,
    "aws:sqs/queue:Queue": 80,
    "aws:sns/topic:Topic": 256,
    "aws:s3/bucket:Bucket": 63,
    "aws:cloudwatch/eventRule:EventRule": 64,
    "aws:scheduler/schedule:Schedule": 64,
    "aws:scheduler/scheduleGroup:ScheduleGroup": 64,
    "aws:kms/alias:Alias": 256,
}


@dataclass(frozen=True)
class Shape:
    """How the names of one type look: which property, at most how long, and what is done to the result."""

    property: str
    most: int
    finish: Callable[[str, dict[str, Any]], str]


def _as_is(name: str, inputs: dict[str, Any]) -> str:
    return name


def _fifo(flag: str) -> Callable[[str, dict[str, Any]], str]:
    return lambda name, inputs: f"{name}.fifo" if plain(inputs.get(flag)) is True else name


_FINISH: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "aws:sqs/queue:Queue": _fifo("fifoQueue"),
    "aws:sns/topic:Topic": _fifo("fifoTopic"),
    "aws:kms/alias:Alias": lambda name, inputs: name if name.startswith("alias/") else f"alias/{name}",
    "aws:s3/bucket:Bucket": lambda name, inputs: name.lower(),
}


def shape_of(facts: TypeFacts) -> Shape | None:
    """None for a type that has no name, or whose name the program must give."""
    named_by = _NAMED_BY.get(facts.token, "name")
    prop = facts.properties.get(named_by)
    required = prop is not None and prop.get("required") and not prop.get("sdk_optional")
    if prop is None or prop.get("output") or prop.get("type") != "string" or required:
        return None
    longest = (prop.get("length") or [None, None])[1] or DEFAULT_MOST
    return Shape(named_by, min(longest, _MOST.get(facts.token, DEFAULT_MOST)), _FINISH.get(facts.token, _as_is))


def made_name(shape: Shape, question: CheckQuestion) -> str:
    """The name; the same for the same seed. ValueError when the program's name leaves no room for the digits."""
    if question.naming is Naming.DISABLE:
        raise ValueError("got nothing, expected a name; automatic naming is switched off for this project")
    if question.naming is not None and question.proposed_name:
        if question.naming is Naming.ENFORCE:
            return question.proposed_name
        return shape.finish(question.proposed_name, question.news)
    prefix = f"{question.resource.name}-"
    if len(prefix) + DIGITS > shape.most:
        raise ValueError(
            f"got {len(prefix) + DIGITS} characters ({prefix} and {DIGITS} digits), expected at most {shape.most}; "
            f"shorten the resource's name or give {shape.property} yourself"
        )
    if question.seed:
        digits = hashlib.sha512(question.seed + prefix.encode()).hexdigest()[:DIGITS]
    else:
        digits = secrets.token_hex(4)[:DIGITS]
    return shape.finish(prefix + digits, question.news)
