"""What a function's first call costs: the import of its handler from the deployed package, and the package's size.

boto3 is imported before the clock starts, because the runtime has it and nearly every function needs it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

HANDLERS = ("ingress", "inference")
RUNS = 15
SCRIPT = """
import sys, time
import boto3
sys.path.insert(0, {folder!r})
start = time.perf_counter()
import assistant.functions
getattr(assistant.functions, {handler!r})
assert assistant.functions.__file__.startswith({folder!r}), assistant.functions.__file__
print(time.perf_counter() - start)
"""


def measure(package: Path, folder: Path) -> list[dict[str, object]]:
    """Per handler: median and greatest import time in ms, and the package's size in MB (10^6 bytes)."""
    with zipfile.ZipFile(package) as opened:
        opened.extractall(folder)
    results: list[dict[str, object]] = []
    for handler in HANDLERS:
        script = SCRIPT.format(folder=str(folder), handler=handler)
        times: list[float] = []
        for _ in range(RUNS + 1):
            done = subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder
            )
            times.append(float(done.stdout) * 1000)
        times = times[1:]  # the first run fills the file cache and writes bytecode, as a deployed package has it
        results.append(
            {
                "what": f"cold start of {handler}: our own imports",
                "value": round(statistics.median(times), 1),
                "unit": "ms",
                "limit": 150,
                "detail": f"{min(times):.0f} to {max(times):.0f} ms over {RUNS} runs",
            }
        )
    size = package.stat().st_size / 1e6
    results.append(
        {"what": "package of the functions, zipped", "value": round(size, 3), "unit": "MB", "limit": 2, "detail": ""}
    )
    return results
