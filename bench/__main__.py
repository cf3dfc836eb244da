"""`make bench`: measures, shows a table and writes bench/results.json."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import cold_starts, deployments, message_path
from sandbox import paths

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """1 when a figure is over its limit."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        base = Path(folder)
        results = message_path.measure(base / "messages")
        results += cold_starts.measure(paths.PACKAGE, base / "package")
        results += deployments.components_against_flat(paths.ensured(base / "previews"))
        results.append(deployments.warm_up_without_changes(paths.ensured(base / "updates")))
    table = Table(title="measured side by side in one run", title_justify="left")
    for heading in ("what", "value", "limit", "detail"):
        table.add_column(heading)
    for result in results:
        limit = "" if result["limit"] is None else f"<= {result['limit']}"
        table.add_row(str(result["what"]), f"{result['value']} {result['unit']}", limit, str(result["detail"]))
    console.print(table)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    RESULTS.write_text(json.dumps({"command": "make bench", "machine": machine, "results": results}, indent=1) + "\n")
    return int(any(r["limit"] is not None and float(str(r["value"])) > float(str(r["limit"])) for r in results))


if __name__ == "__main__":
    sys.exit(main())
