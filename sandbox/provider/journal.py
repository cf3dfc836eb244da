"""Writes down what was created and deleted before the engine is told, so that nothing made is ever forgotten."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Literal


class Journal:
    """One JSON line {urn, type, id, action} for each creation and deletion; without a path nothing is written."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8") if path else None

    def note(self, action: Literal["create", "delete"], urn: str, type: str, id: str) -> None:
        """Appends the line and hands it to the operating system before it returns."""
        if self._file is None:
            return
        line = json.dumps({"urn": urn, "type": type, "id": id, "action": action})
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()
