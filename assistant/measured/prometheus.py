"""Metrics of one process, as Prometheus reads them."""

from typing import Any

from assistant.metrics import COUNTER, GAUGE, HISTOGRAM, METRICS


class Prometheus:
    """The `Backend` protocol on a registry of its own: metrics of other libraries do not get in."""

    def __init__(self) -> None:
        import prometheus_client as client

        client.disable_created_metrics()  # a start time per series is of no use, and doubles the text
        self._registry = client.CollectorRegistry()
        self._generate, self._type = client.generate_latest, client.CONTENT_TYPE_LATEST
        made: dict[str, Any] = {}
        for name, metric in METRICS.items():
            given: Any = {"name": name, "documentation": metric.help, "labelnames": metric.labels}
            if metric.kind == COUNTER:
                made[name] = client.Counter(**given, registry=self._registry)
            elif metric.kind == GAUGE:
                made[name] = client.Gauge(**given, registry=self._registry)
            else:
                made[name] = client.Histogram(**given, registry=self._registry, buckets=metric.buckets)
        self._metrics = made
        self._told: dict[tuple[str, tuple[str, ...]], Any] = {}

    def record(self, name: str, value: float, labels: tuple[str, ...]) -> None:
        """See `Backend`."""
        tell = self._told.get((name, labels))
        if tell is None:  # two threads may both get here: the library gives both the same series
            series = self._metrics[name].labels(*labels) if labels else self._metrics[name]
            verb = {COUNTER: "inc", GAUGE: "set", HISTOGRAM: "observe"}[METRICS[name].kind]
            tell = self._told[name, labels] = getattr(series, verb)
        tell(value)

    def flush(self) -> None:
        """See `Backend`."""

    def exposition(self) -> tuple[bytes, str]:
        """See `Backend`."""
        return self._generate(self._registry), self._type
