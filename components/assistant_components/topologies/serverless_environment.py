"""What each function of ServerlessAssistant is told, and whether that fits into its environment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi

from assistant_components.channel.installation import Installation, channels_size
from assistant_components.compute.environment import ENVIRONMENT_BYTES_MAX
from assistant_components.model.provider import model_environment
from assistant_components.model.replies import replies_environment
from assistant_components.topologies.serverless_args import ServerlessAssistantArgs, ServerlessSpec
from assistant_components.validation import Fault

MOST_RECEIVES = {"inference": 5, "sender": 25}
"""How often their queues hand out a message. For replies, with the waits between, about an hour and a half of a
provider that is away; a long reply that is sent in several runs counts each of them."""
MODULES = ("ingress", "inference", "sender", "stream")

Environment = dict[str, pulumi.Input[str]]

# As long as such texts can become: the longest names of regions and partitions, a random part behind our names.
_UNKNOWN = "?" * 120
_SECRET = "arn:aws-us-gov:secretsmanager:ap-southeast-1:123456789012:secret:{}-token-key-{}-secret-1234567-AbCdEf"
_QUEUE = "https://sqs.ap-southeast-1.amazonaws.com.cn/123456789012/{}-1234567.fifo"
_SOCKET = "wss://abcdefghij.execute-api.ap-southeast-1.amazonaws.com.cn/live"


@dataclass(frozen=True)
class Places:
    """Where the parts are that functions work with; those that nobody has are left out."""

    channels: pulumi.Input[str]
    """The installations, as `channels_text` tells them."""
    sessions_table: pulumi.Input[str]
    records_table: pulumi.Input[str]
    queue_url: pulumi.Input[str]
    replies_url: pulumi.Input[str] | None = None
    stream_url: pulumi.Input[str] | None = None
    stream_endpoint: pulumi.Input[str] | None = None


def environment(module: str, spec: ServerlessSpec, args: ServerlessAssistantArgs, places: Places) -> Environment:
    """The variables of one function."""
    told: Environment = {
        "ASSISTANT_CHANNELS": places.channels,
        "ASSISTANT_SESSIONS_TABLE": places.sessions_table,
        "ASSISTANT_SESSION_DAYS": str(spec.retention.session_days),
    }
    if module != "sender":
        told["ASSISTANT_RECORDS_TABLE"] = places.records_table
    if module in MOST_RECEIVES:
        told["ASSISTANT_MAX_RECEIVES"] = str(MOST_RECEIVES[module])
    if module == "ingress":
        told |= _given(ASSISTANT_QUEUE_URL=places.queue_url, ASSISTANT_STREAM_URL=places.stream_url)
    if module == "inference":
        told |= _given(
            ASSISTANT_REPLIES_QUEUE_URL=places.replies_url,
            ASSISTANT_STREAM_ENDPOINT=places.stream_endpoint,
            ASSISTANT_SYSTEM_PROMPT=spec.system_prompt or None,
        )
        told |= model_environment(spec.model, args["model"])
        told |= replies_environment(spec.replies)
    return told


def environment_size_faults(
    name: str, spec: ServerlessSpec, args: ServerlessAssistantArgs, made: Sequence[Installation]
) -> list[Fault]:
    """A function whose variables would not fit, told before anything is made; unknown values are counted as long."""
    # What a web installation lacks is made here, and then its ARN is told, too.
    whole = [
        one
        if not one.streams
        else replace(one, secret_arns={"token_key": _SECRET.format(name, one.spec.name), **one.secret_arns})
        for one in made
    ]
    table = args.get("session_table")
    channels = channels_size(whole, _UNKNOWN)
    places = Places(
        channels="?" * channels,
        sessions_table=f"{name}-sessions-table-1234567" if table is None else table["name"],
        records_table=f"{name}-records-table-1234567",
        queue_url=_QUEUE.format(f"{name}-queue-main"),
        replies_url=_QUEUE.format(f"{name}-replies-main") if any(one.pushes for one in made) else None,
        stream_url=_SOCKET,
        stream_endpoint=_SOCKET,
    )
    for module in MODULES:
        told = environment(module, spec, args, places).items()
        size = sum(len(key) + len((value if isinstance(value, str) else _UNKNOWN).encode()) for key, value in told)
        if size > ENVIRONMENT_BYTES_MAX:
            text = f"got {size} bytes of environment for the {module} function ({channels} of them for the channels), "
            return [("channels", f"{text}expected at most {ENVIRONMENT_BYTES_MAX}: fewer, or a shorter system_prompt")]
    return []


def _given(**values: pulumi.Input[str] | None) -> Environment:
    return {name: value for name, value in values.items() if value is not None}
