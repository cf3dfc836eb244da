"""Metrics: counted, observed and gauged by name; kept for Prometheus, or written as lines that CloudWatch reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

NAMESPACE = "Assistant"
COUNTER, HISTOGRAM, GAUGE = "counter", "histogram", "gauge"
FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120)


@dataclass(frozen=True)
class Metric:
    """One metric: what is told of it, and by which labels it is split."""

    kind: str
    unit: str
    """As CloudWatch names it."""
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


METRICS = {
    "assistant_messages_received_total": Metric(COUNTER, "Count", "Messages that were verified.", ("channel",)),
    "assistant_messages_refused_total": Metric(
        COUNTER, "Count", "Requests refused before they became messages.", ("channel", "reason")
    ),
    "assistant_messages_duplicate_total": Metric(
        COUNTER, "Count", "Deliveries of messages that had been accepted before.", ("channel",)
    ),
    "assistant_messages_answered_total": Metric(
        COUNTER, "Count", "Messages with a stored reply (reply) or apology (sorry).", ("channel", "outcome")
    ),
    "assistant_replies_sent_total": Metric(
        COUNTER, "Count", "Replies that left for their channel, by how that ended.", ("channel", "outcome")
    ),
    "assistant_stage_seconds": Metric(HISTOGRAM, "Seconds", "Time in each stage of a message.", ("stage",), FAST),
    "assistant_model_seconds": Metric(
        HISTOGRAM, "Seconds", "Time that a model took, attempts included.", ("model",), SLOW
    ),
    "assistant_model_failures_total": Metric(COUNTER, "Count", "Replies that a model owed.", ("model", "reason")),
    "assistant_tokens_total": Metric(
        COUNTER, "Count", "Tokens read (input) and written (output).", ("direction", "model")
    ),
    "assistant_cost_usd_total": Metric(COUNTER, "None", "What models cost by the configured prices.", ("model",)),
    "assistant_cache_lookups_total": Metric(
        COUNTER, "Count", "Lookups of replies in a tier: hit, miss or error.", ("tier", "outcome")
    ),
    "assistant_limited_total": Metric(COUNTER, "Count", "Messages told that the day's limit is spent.", ("scope",)),
    "assistant_guardrail_total": Metric(
        COUNTER, "Count", "Texts that the guardrail redacted or blocked.", ("direction", "outcome")
    ),
    "assistant_queue_depth": Metric(GAUGE, "Count", "Messages that wait or are in work."),
    "assistant_dead_letters": Metric(GAUGE, "Count", "Messages that were given up."),
    "assistant_breaker_open": Metric(GAUGE, "Count", "1 while a model is not asked because it failed.", ("model",)),
}  # fmt: skip


class Backend(Protocol):
    """Where values go. Every method may be called from several threads."""

    def record(self, name: str, value: float, labels: tuple[str, ...]) -> None:
        """A counter's step, an observation, or a gauge's value; the labels' values in the metric's order."""
        ...

    def flush(self) -> None:
        """Hands on what is kept back."""
        ...

    def exposition(self) -> tuple[bytes, str]:
        """Everything so far as text, and its content type."""
        ...


class _Nowhere:
    """Keeps nothing."""

    def record(self, name: str, value: float, labels: tuple[str, ...]) -> None: ...

    def flush(self) -> None: ...

    def exposition(self) -> tuple[bytes, str]:
        return b"", "text/plain; charset=utf-8"


_backend: Backend = _Nowhere()


def use_prometheus() -> None:
    """Keeps values in this process, from zero, for `exposition`."""
    global _backend
    from assistant.measured.prometheus import Prometheus

    _backend = Prometheus()


def use_emf() -> None:
    """Keeps values until `flush` writes them to stdout in CloudWatch's embedded metric format."""
    global _backend
    from assistant.measured.emf import EmbeddedMetrics

    _backend = EmbeddedMetrics()


def use_none() -> None:
    """Keeps nothing; how a process begins."""
    global _backend
    _backend = _Nowhere()


def count(name: str, value: float = 1, /, **labels: str) -> None:
    """Adds to a counter. A name or label that is not in `METRICS` is a LookupError, so that a test finds it."""
    _backend.record(name, value, _values(name, COUNTER, labels))


def observe(name: str, value: float, /, **labels: str) -> None:
    """Adds an observation to a histogram; see `count`."""
    _backend.record(name, value, _values(name, HISTOGRAM, labels))


def gauge(name: str, value: float, /, **labels: str) -> None:
    """Sets a gauge; see `count`."""
    _backend.record(name, value, _values(name, GAUGE, labels))


def flush() -> None:
    """Writes what an invocation measured; nothing to do in one process."""
    _backend.flush()


def exposition() -> tuple[bytes, str]:
    """The values for Prometheus, and their content type; empty before `use_prometheus`."""
    return _backend.exposition()


def _values(name: str, kind: str, labels: dict[str, str]) -> tuple[str, ...]:
    metric = METRICS.get(name)
    if metric is None or metric.kind != kind:
        raise LookupError(f"metric: got the {kind} {name}, expected one of assistant.metrics.METRICS")
    if len(labels) != len(metric.labels) or not all(label in labels for label in metric.labels):
        raise LookupError(f"{name}: got labels {_named(labels)}, expected {_named(metric.labels)}")
    return tuple([labels[label] for label in metric.labels])


def _named(labels: Iterable[str]) -> str:
    return ", ".join(sorted(labels)) or "none"
