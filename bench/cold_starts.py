"""What a function's first call costs in imports, from the package as it is deployed, and how large the package is.

boto3 and its clients are imported before the measurement: the runtime has them, and every function of this kind needs
them. Everything else that the first call imports counts, whether at the top of a module or later.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

RUNS = 15
MARK = "-- from here on --"
SCRIPT = """
import json, sys
import boto3, botocore.config, botocore.exceptions
for service in ("sqs", "dynamodb"):
    boto3.client(service)
print({mark!r}, file=sys.stderr)
sys.path.insert(0, {folder!r})
import assistant.functions
assert assistant.functions.__file__.startswith({folder!r}), assistant.functions.__file__
class Context:
    aws_request_id, function_name, memory_limit_in_mb = "first", "bench", 256
    def get_remaining_time_in_millis(self):
        return 20000
print(json.dumps(assistant.functions.{handler}(json.loads({event!r}), Context())))
{more}
"""
BODY = json.dumps({"conversation": "conversation-1", "id": "message-1", "text": "hello"})
QUEUED = {"v": 1, "tenant": "default", "channel": "web", "conversation": "conversation-1", "id": "message-1",
          "text": "hello", "at": "2026-01-01T00:00:00.000Z"}  # fmt: skip
EVENTS = {
    "ingress": {
        "version": "2.0", "routeKey": "POST /web/messages", "rawPath": "/web/messages", "rawQueryString": "",
        "headers": {"content-type": "application/json"}, "body": BODY, "isBase64Encoded": False,
        "requestContext": {"http": {"method": "POST", "path": "/web/messages"}, "stage": "$default", "requestId": "1"},
    },
    "inference": {
        "Records": [{
            "messageId": "1", "receiptHandle": "1", "body": json.dumps(QUEUED), "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:main.fifo",
            "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g", "SequenceNumber": "1"},
        }]
    },
}  # fmt: skip
# Nothing listens there: calls to the cloud fail at once, after everything has been imported.
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_MAX_ATTEMPTS": "1",
    "ASSISTANT_QUEUE_URL": "http://127.0.0.1:9/123456789012/main.fifo", "ASSISTANT_SESSIONS_TABLE": "sessions",
}  # fmt: skip
CASES = (
    ("ingress", "ingress", ""),
    ("inference", "inference", ""),
    ("inference with an OpenAI-compatible model", "inference", "import assistant.models.openai, httpx"),
)


def import_ms(handler: str, folder: Path, more: str = "") -> float:
    """Milliseconds that one process spends in imports during the first call of a handler, and of `more`."""
    script = SCRIPT.format(mark=MARK, folder=str(folder), handler=handler, event=json.dumps(EVENTS[handler]), more=more)
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script],
        capture_output=True, text=True, check=True, cwd=folder, env={**kept, **ENVIRONMENT},
    )  # fmt: skip
    lines = done.stderr.partition(MARK)[2].splitlines()
    fields = [line.removeprefix("import time:").split("|") for line in lines if line.startswith("import time:")]
    return sum(int(own) for own, _, _ in fields) / 1000


def measure(package: Path, folder: Path) -> list[dict[str, object]]:
    """Per handler: median and greatest import time in ms; and the package's size in MB (10^6 bytes)."""
    with zipfile.ZipFile(package) as opened:
        opened.extractall(folder)
    results: list[dict[str, object]] = []
    for what, handler, more in CASES:
        # The first run writes bytecode; it does not count, because it is the disk of this machine that it measures.
        times = [import_ms(handler, folder, more) for _ in range(RUNS + 1)][1:]
        results.append(
            {
                "what": f"first call of {what}: our own imports",
                "value": round(statistics.median(times), 1),
                "unit": "ms",
                "limit": 150,
                "detail": f"{min(times):.0f} to {max(times):.0f} ms over {RUNS} runs",
            }
        )
    size = round(package.stat().st_size / 1e6, 3)
    results.append({"what": "package of the functions, zipped", "value": size, "unit": "MB", "limit": 2, "detail": ""})
    return results
