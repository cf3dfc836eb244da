"""An installation of a channel: what people say about it, and what of that the deployment is made from."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

import pulumi
from pydantic import AfterValidator, Field

from assistant_components.channel.ingress import route_noun
from assistant_components.channel.kinds import KINDS, REPLY_URL, WEB, WEBHOOK, Kind
from assistant_components.validation import Fault, Spec, shown

MAIN = "main"
NAME = r"[a-z0-9][a-z0-9-]{0,31}"
NAME_EXPECTED = "1 to 32 small letters, digits and '-', and none of card, commands, events, messages, session"
RESERVED = {"events", "commands", "card", "messages", "session"}  # paths below a channel's own
TENANT = r"^[A-Za-z0-9_-]{1,64}$"
PAGE = "GET /"

Use = Literal["receiving", "sending", "showing"]
"""What a secret is for: see `Kind`."""
Channel = Literal["web", "telegram", "slack", "feishu", "wecom", "dingtalk", "discord", "webhook"]


def _free(name: str) -> str:
    if not re.fullmatch(NAME, name) or name in RESERVED:
        raise ValueError(NAME_EXPECTED)
    return name


class InstallationSpec(Spec):
    """The plain part of ChannelInstallation."""

    channel: Channel
    name: Annotated[str, AfterValidator(_free)] = MAIN
    tenant: str = Field(default="default", pattern=TENANT)
    options: dict[str, str] = {}

    @property
    def label(self) -> str:
        """`slack`, or `slack/acme`: its path without the slash in front."""
        return self.channel if self.name == MAIN else f"{self.channel}/{self.name}"


class ChannelInstallation(TypedDict):
    """A channel as one tenant has set it up."""

    channel: str
    """The channel: web, telegram, slack, feishu, wecom, dingtalk, discord or webhook."""
    name: NotRequired[str]
    """Tells installations of one channel apart, and is part of their address. Default main, which is not."""
    tenant: NotRequired[str]
    """Whose conversations, limits and cache these are: letters, digits, `_` and `-`. Default default."""
    secret_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """ARNs of its secrets in Secrets Manager, by their names in the channel. Default none, which is enough for web."""
    options: NotRequired[dict[str, str]]
    """What else the channel has to know, such as app_id. Default none."""


@dataclass(frozen=True)
class Installation:
    """An installation with its secrets."""

    spec: InstallationSpec
    secret_arns: Mapping[str, pulumi.Input[str]]

    @property
    def kind(self) -> Kind:
        """What there is to know about its channel."""
        return KINDS[self.spec.channel]

    @property
    def streams(self) -> bool:
        """Whether replies are read there, as they come."""
        return self.spec.channel == WEB

    @property
    def pushes(self) -> bool:
        """Whether replies are sent to it. A program that named no address for them gets none."""
        return bool(self.spec.options.get(REPLY_URL)) if self.spec.channel == WEBHOOK else not self.streams

    @property
    def routes(self) -> list[str]:
        """Its routes, as the API calls them; those of the web begin with its chat page."""
        page = [] if self.spec.channel != WEB else [PAGE if self.spec.label == WEB else f"GET /{self.spec.label}"]
        return page + [f"{method} /{self.spec.label}{below}" for method, below in self.kind.routes]

    def secrets(self, use: Use) -> tuple[str, ...]:
        """Names of the secrets that are needed for that. Where nothing is sent, none is needed to send."""
        return () if use == "sending" and not self.pushes else getattr(self.kind, use)

    def arns(self, names: Iterable[str]) -> list[pulumi.Input[str]]:
        """The ARNs of some of its secrets, as far as it has them."""
        return [self.secret_arns[name] for name in names if name in self.secret_arns]

    def registration(self, url: str) -> str:
        """What to tell the provider, and where; `url` is the API's, with a slash at the end."""
        return self.kind.registration.replace("{url}", f"{url}{self.spec.label}")

    def told(self) -> dict[str, Any]:
        """What the application reads about it: secrets as references, and nothing that is said by default."""
        spec = self.spec
        entry: dict[str, Any] = {"channel": spec.channel}
        entry |= {"name": spec.name} if spec.name != MAIN else {}
        entry |= {"tenant": spec.tenant} if spec.tenant != "default" else {}
        if self.secret_arns:
            entry["secrets"] = {
                name: f"secretsmanager:{arn}" if isinstance(arn, str) else pulumi.Output.concat("secretsmanager:", arn)
                for name, arn in self.secret_arns.items()
            }
        return {**entry, **({"options": dict(spec.options)} if spec.options else {})}


def installations(specs: Sequence[InstallationSpec], args: object) -> list[Installation]:
    """The installations among the arguments; `args` are those of the specs, or nothing where the specs are defaults."""
    given = cast("list[Mapping[str, Any]]", args) if isinstance(args, list) else [{}] * len(specs)
    return [Installation(spec, dict(one.get("secret_arns") or {})) for spec, one in zip(specs, given, strict=True)]


def channels_text(made: Sequence[Installation]) -> "pulumi.Output[str]":
    """ASSISTANT_CHANNELS: the installations as JSON without blanks, because an environment is short."""
    return pulumi.Output.json_dumps([one.told() for one in made], separators=(",", ":"))


def channels_size(made: Sequence[Installation], output: str) -> int:
    """The bytes of that text, with `output` in the place of every value that is not known yet."""
    known = [
        Installation(one.spec, {name: arn if isinstance(arn, str) else output for name, arn in one.secret_arns.items()})
        for one in made
    ]
    return len(json.dumps([one.told() for one in known], separators=(",", ":")).encode())


def installation_faults(args: object) -> list[Fault]:
    """Secrets and options that a channel lacks or does not know, and installations in one place."""
    if not isinstance(args, list):
        return []
    faults: list[Fault] = []
    labels: list[str] = []
    nouns: Counter[str] = Counter()
    for index, entry in enumerate(cast("list[Any]", args)):
        if not isinstance(entry, Mapping):
            continue
        given = cast("Mapping[str, Any]", entry)
        channel, name = given.get("channel"), given.get("name") or MAIN
        if not isinstance(channel, str) or channel not in KINDS or not isinstance(name, str):
            continue  # told by the spec
        faults += _fits(KINDS[channel], channel, given, f"channels[{index}]")
        label = channel if name == MAIN else f"{channel}/{name}"
        own = {route_noun(f"{method} /{label}{below}") for method, below in KINDS[channel].routes}
        if label in labels:
            faults.append((f"channels[{index}].name", f"got {name!r} twice for {channel}, expected another name"))
        elif any(nouns[noun] for noun in own):
            text = f"got {name!r}, expected a name that no other installation's path begins with"
            faults.append((f"channels[{index}].name", text))
        labels.append(label)
        nouns.update(own)
    return faults


def _fits(kind: Kind, channel: str, given: Mapping[str, Any], where: str) -> Iterator[Fault]:
    secrets, options = _keys(given.get("secret_arns")), _keys(given.get("options"))
    for name in kind.secrets:
        if name not in secrets and name not in kind.optional:
            yield f"{where}.secret_arns", f"got no {name}, expected its secret's ARN: {channel} needs it"
    for name in secrets - set(kind.secrets):
        yield f"{where}.secret_arns", f"got {shown(name)}, expected {_or(kind.secrets)}"
    for name in kind.options:
        if name not in options:
            yield f"{where}.options", f"got no {name}, expected a text: {channel} needs it"
    for name in options - {*kind.options, *kind.optional_options}:
        yield f"{where}.options", f"got {shown(name)}, expected {_or((*kind.options, *kind.optional_options))}"


def _keys(value: object) -> set[str]:
    return {str(key) for key in cast("Mapping[Any, Any]", value)} if isinstance(value, Mapping) else set()


def _or(names: Sequence[str]) -> str:
    return " or ".join(names) or "nothing"
