"""What fits field by field and still cannot work together. A new one is one function with the paths that it reads.

They read the settings as written, not the models, so that they are reported beside every other mistake: one whose
fields are missing or wrong in themselves is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from stacks.settings.errors import NOTHING, Fault, told
from stacks.settings.kinds import MAIN
from stacks.settings.nodes import Path, resolved, variants
from stacks.settings.sections import REGION_KEY, schema
from stacks.settings.templates import facts, fitting

MODEL_MARGIN_S = 5  # what a run needs around the model's reply: reading the session, storing the reply
SENSITIVE = ("confidential", "restricted")


class UnclearError(Exception):
    """A field that a contradiction reads is absent from this variant, or wrong in itself."""


@dataclass(frozen=True)
class Written:
    """Settings as written, with their defaults; fields that are wrong in themselves have no value."""

    sections: Mapping[str, Any]
    region: str | None
    faults: tuple[Path, ...]

    def value(self, dotted: str) -> Any:
        """The value of a field. Raises UnclearError when it has none."""
        if dotted == REGION_KEY:
            if self.region is None:
                raise UnclearError
            return self.region
        path = tuple(dotted.split("."))
        if any(fault == path[: len(fault)] or path == fault[: len(path)] for fault in self.faults):
            raise UnclearError
        node, value = resolved(schema()), self.sections
        for key in path:
            if choice := variants(node):
                node = choice.get(str(value.get(node["discriminator"]["propertyName"])), {})
            if not isinstance(value, dict) or key not in node.get("properties", {}):
                raise UnclearError
            node = resolved(node["properties"][key])
            if key not in value and "default" not in node:
                raise UnclearError
            value = value[key] if key in value else node["default"]
        return value


Check = Callable[..., Fault | None]
_CHECKS: list[tuple[tuple[str, ...], Check]] = []


def _reads(*paths: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        _CHECKS.append((paths, check))
        return check

    return register


def contradictions(written: Written) -> Iterator[Fault]:
    """Everything in the settings that cannot work together."""
    for paths, check in _CHECKS:
        try:
            values = [written.value(path) for path in paths]
        except UnclearError:
            continue
        if fault := check(*values):
            yield fault


def _at(dotted: str, got: str, expected: str, way_out: str = "") -> Fault:
    return Fault(tuple(dotted.split(".")), got, expected, way_out)


@_reads("model.timeout_s", "compute.inference.timeout_s")
def _the_function_outlives_the_model(model_s: int, function_s: int) -> Fault | None:
    most = function_s - MODEL_MARGIN_S
    if model_s <= most:
        return None
    return _at(
        "model.timeout_s",
        str(model_s),
        f"at most {most} (compute.inference.timeout_s is {function_s}, {MODEL_MARGIN_S} seconds are for the rest)",
    )


@_reads("compute.inference.maximum_concurrency", "compute.inference.reserved_concurrency")
def _the_queue_starts_no_more_than_may_run(maximum: int | None, reserved: int | None) -> Fault | None:
    if maximum is None or reserved is None or maximum <= reserved:
        return None
    expected = f"at most compute.inference.reserved_concurrency ({reserved})"
    return _at("compute.inference.maximum_concurrency", str(maximum), expected)


@_reads("compute.sender.maximum_concurrency", "compute.sender.reserved_concurrency")
def _the_queue_of_replies_starts_no_more_than_may_run(maximum: int | None, reserved: int | None) -> Fault | None:
    if maximum is None or reserved is None or maximum <= reserved:
        return None
    expected = f"at most compute.sender.reserved_concurrency ({reserved})"
    return _at("compute.sender.maximum_concurrency", str(maximum), expected)


@_reads("template.name", "compute.topology")
def _the_template_has_what_the_topology_needs(name: str, topology: str) -> Fault | None:
    lacking = facts(name).lacks(topology)
    if not lacking:
        return None
    expected = f"a template for the {topology} topology ({', '.join(fitting(topology))}), because {lacking}"
    return _at("template.name", told(name), expected)


@_reads("channels")
def _some_channel_is_open(channels: dict[str, Any]) -> Fault | None:
    if any(channels.values()):
        return None
    return _at("channels", NOTHING, "at least one channel", "write channels: {web: {access: anonymous}}")


@_reads("channels")
def _each_installation_has_a_path_of_its_own(channels: dict[str, Any]) -> Fault | None:
    taken = {(channel, MAIN) for channel, group in channels.items() if group and channel != "installations"}
    for index, one in enumerate(channels.get("installations") or ()):
        place = (one["channel"], one["name"])
        if place in taken:
            path = f"/{one['channel']}" if one["name"] == MAIN else f"/{one['channel']}/{one['name']}"
            return Fault(("channels", "installations", index, "name"), f"a second one at {path}", "another name")
        taken.add(place)
    return None


@_reads("channels")
def _replies_do_not_travel_in_the_clear(channels: dict[str, Any]) -> Fault | None:
    groups: list[tuple[Path, Any]] = [(("webhook",), channels.get("webhook"))]
    groups += [(("installations", index), one) for index, one in enumerate(channels.get("installations") or ())]
    for path, group in groups:
        url, private = ((group or {}).get(field) for field in ("reply_url", "allow_private"))
        if url and url.startswith("http:") and not private:
            expected = "https://, or allow_private: true beside it for an address within your network"
            return Fault(("channels", *path, "reply_url"), told(url), expected)
    return None


@_reads("model.limits.usd", "model.limits.conversation_usd", "model.prices")
def _what_is_limited_in_dollars_has_a_price(
    usd: float | None, conversation_usd: float | None, prices: Any
) -> Fault | None:
    if (usd is None and conversation_usd is None) or prices:
        return None
    field = "model.limits.usd" if usd is not None else "model.limits.conversation_usd"
    return _at(field, "a limit", "model.prices beside it, because nothing is counted without them")


@_reads("deploy.own_key", "deploy.kms_key_arn")
def _one_key(own_key: bool, kms_key_arn: str | None) -> Fault | None:
    if not (own_key and kms_key_arn):
        return None
    return _at("deploy.own_key", "true beside deploy.kms_key_arn", "one of the two", "leave one out")


@_reads("deploy.alarm_emails", "deploy.alarm_topic_arn")
def _one_alarm_topic(emails: list[str], topic: str | None) -> Fault | None:
    if not (emails and topic):
        return None
    got = "addresses beside deploy.alarm_topic_arn"
    return _at("deploy.alarm_emails", got, "one of the two", "subscribe the addresses to your topic")


@_reads("deploy.alarm_emails")
def _each_address_once(emails: list[str]) -> Fault | None:
    twice = next((email for email in emails if emails.count(email) > 1), None)
    return None if twice is None else _at("deploy.alarm_emails", f"{told(twice)} twice", "each address once")


@_reads("deploy.data_class", "deploy.deletion_protection")
def _sensitive_data_is_protected(data_class: str, protection: bool) -> Fault | None:
    if protection or data_class not in SENSITIVE:
        return None
    expected = f"true, because deploy.data_class is {data_class}"
    return _at("deploy.deletion_protection", "false", expected, "say public or internal if it is no more than that")


@_reads("deploy.data_class", "deploy.own_key", "deploy.kms_key_arn")
def _restricted_data_has_a_key(data_class: str, own_key: bool, kms_key_arn: str | None) -> Fault | None:
    if data_class != "restricted" or own_key or kms_key_arn:
        return None
    return _at("deploy.own_key", "false", "true or deploy.kms_key_arn, because deploy.data_class is restricted")


@_reads("deploy.kms_key_arn", REGION_KEY)
def _the_key_is_in_the_region(arn: str | None, region: str) -> Fault | None:
    return _elsewhere("deploy.kms_key_arn", arn, region)


@_reads("deploy.alarm_topic_arn", REGION_KEY)
def _the_topic_is_in_the_region(arn: str | None, region: str) -> Fault | None:
    return _elsewhere("deploy.alarm_topic_arn", arn, region)


def _elsewhere(path: str, arn: str | None, region: str) -> Fault | None:
    if arn is None or (there := arn.split(":")[3]) == region:
        return None
    return _at(path, f"one in {there}", f"one in {region}, the stack's region ({REGION_KEY})")


@_reads("model.base_url", "model.api_key")
def _a_key_does_not_travel_in_the_clear(base_url: str, api_key: Any) -> Fault | None:
    if api_key is None or base_url.startswith("https:") or _is_private(base_url):
        return None
    return _at("model.base_url", told(base_url), "https:// beside model.api_key, because the key would be readable")


def _is_private(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".internal"))
