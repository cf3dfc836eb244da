"""Metrics: the same calls for Prometheus and for CloudWatch, and no name or label that is not declared."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from assistant import metrics
from assistant.metrics import COUNTER, METRICS


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    metrics.use_none()


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_nothing_is_kept_before_a_backend_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.count("assistant_messages_received_total", channel="web")
    metrics.flush()
    assert metrics.exposition()[0] == b""
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.count("assistant_messages_recieved_total", channel="web"),
        lambda: metrics.gauge("assistant_messages_received_total", 1, channel="web"),
        lambda: metrics.count("assistant_messages_received_total"),
        lambda: metrics.count("assistant_messages_received_total", channel="web", tenant="a"),
        lambda: metrics.observe("assistant_stage_seconds", 1, step="load"),
    ],
)
def test_what_is_not_declared_is_told_even_without_a_backend(call: Any) -> None:
    with pytest.raises(LookupError, match="expected"):
        call()


def test_prometheus_reads_counters_gauges_and_histograms() -> None:
    metrics.use_prometheus()
    metrics.count("assistant_messages_received_total", channel="web")
    metrics.count("assistant_messages_received_total", 2, channel="web")
    metrics.gauge("assistant_queue_depth", 7)
    metrics.gauge("assistant_queue_depth", 4)
    metrics.observe("assistant_stage_seconds", 0.003, stage="load")
    body, kind = metrics.exposition()
    text = body.decode()
    assert kind.startswith("text/plain")
    assert 'assistant_messages_received_total{channel="web"} 3.0' in text
    assert "assistant_queue_depth 4.0" in text
    assert 'assistant_stage_seconds_sum{stage="load"} 0.003' in text
    assert 'assistant_stage_seconds_count{stage="load"} 1.0' in text
    assert 'assistant_stage_seconds_bucket{le="0.0025",stage="load"} 0.0' in text
    assert 'assistant_stage_seconds_bucket{le="0.005",stage="load"} 1.0' in text
    assert "_created" not in text
    assert set(METRICS) == set(re.findall(r"# TYPE (assistant_\w+) ", text))


def test_counts_of_many_threads_all_arrive() -> None:
    metrics.use_prometheus()

    def work() -> None:
        for _ in range(500):
            metrics.count("assistant_cache_lookups_total", tier="memory", outcome="hit")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert b'assistant_cache_lookups_total{outcome="hit",tier="memory"} 2000.0' in metrics.exposition()[0]


def test_an_invocation_is_one_line_for_each_set_of_labels(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.use_emf()
    metrics.count("assistant_messages_received_total", channel="web")
    metrics.count("assistant_messages_duplicate_total", channel="web")
    metrics.count("assistant_messages_duplicate_total", channel="web")
    metrics.observe("assistant_stage_seconds", 0.25, stage="verify")
    metrics.observe("assistant_stage_seconds", 0.5, stage="verify")
    assert capsys.readouterr().out == ""
    metrics.flush()
    first, second = lines_of(capsys)
    assert first["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Assistant", "Dimensions": [["channel"]],
            "Metrics": [
                {"Name": "assistant_messages_received_total", "Unit": "Count"},
                {"Name": "assistant_messages_duplicate_total", "Unit": "Count"},
            ],
        }
    ]  # fmt: skip
    assert (first["channel"], first["assistant_messages_duplicate_total"]) == ("web", 2)
    assert (second["stage"], second["assistant_stage_seconds"]) == ("verify", [0.25, 0.5])
    assert isinstance(first["_aws"]["Timestamp"], int)
    metrics.flush()
    assert lines_of(capsys) == []


def test_many_observations_are_split_over_lines_as_the_format_demands(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.use_emf()
    for number in range(250):
        metrics.observe("assistant_stage_seconds", number, stage="load")
    metrics.flush()
    told = [line["assistant_stage_seconds"] for line in lines_of(capsys)]
    assert [len(part) for part in told] == [100, 100, 50]
    assert [value for part in told for value in part] == list(range(250))


def test_a_gauge_without_labels_is_told_without_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.use_emf()
    metrics.gauge("assistant_queue_depth", 3)
    metrics.gauge("assistant_queue_depth", 1)
    metrics.flush()
    (line,) = lines_of(capsys)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    assert line["assistant_queue_depth"] == 1


def test_functions_do_not_load_the_library_for_prometheus() -> None:
    import subprocess

    script = "import sys; from assistant import metrics; metrics.use_emf(); print('prometheus_client' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_counters_are_named_as_prometheus_wants_them() -> None:
    for name, metric in METRICS.items():
        assert name.endswith("_total") == (metric.kind == COUNTER), name
        assert metric.help.endswith("."), name
