"""Faults on request: fail, delay, or stop the engine at the n-th operation, to see what a deployment does then.

A specification is one or more rules, separated by `;`:

    ACTION[@N][:TYPE]:EFFECT[=VALUE]

ACTION is create, read, update, delete or invoke. N counts the operations that the rule matches, from 1; without it
every one is hit. TYPE is a type token such as `aws:sqs/queue:Queue`. EFFECT is `fail[=MESSAGE]`, `delay=SECONDS` or
`kill-engine`, which come before the real call, or `fail-after[=MESSAGE]` or `kill-engine-after`, which come when the
real call is done but not answered. Previews are never hit.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.provider.protocol import ProviderError

VARIABLE = "SANDBOX_FAULTS"
_RULE = re.compile(
    r"(?P<action>create|read|update|delete|invoke)(@(?P<nth>[1-9]\d*))?(:(?P<type>[a-z-]+:[^:;]+:\w+))?"
    r":(?P<effect>fail-after|fail|kill-engine-after|kill-engine|delay)(=(?P<value>(?s:.*)))?"
)


@dataclass
class Fault:
    """One rule and how many operations it has seen."""

    action: str
    nth: int | None
    type: str | None
    effect: str
    value: str
    seen: int = 0

    def hits(self, action: str, type: str) -> bool:
        """Counts the operation when it is one of this rule's; True when it is the one to hit."""
        if action != self.action or (self.type is not None and type != self.type):
            return False
        self.seen += 1
        return self.nth is None or self.seen == self.nth


@dataclass
class Faults:
    """All rules of one process; shared by the provider instances in it."""

    rules: list[Fault] = field(default_factory=list[Fault])
    engine_pid_file: Path | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, action: str, type: str) -> list[Fault]:
        """Applies what comes before the real call; returns what `after` has to apply. ProviderError when it fails."""
        with self._lock:  # every rule counts every operation, whatever another rule does
            hit = [rule for rule in self.rules if rule.hits(action, type)]
        for rule in hit:
            if rule.effect == "delay":
                time.sleep(float(rule.value))
            elif rule.effect == "fail":
                raise ProviderError(_message(rule, action, type))
            elif rule.effect == "kill-engine":
                self._kill_engine()
                raise ProviderError(f"{action} of {type}: the engine was stopped on request before the call")
        return hit

    def after(self, hit: list[Fault], action: str, type: str) -> None:
        """Applies what comes after the real call."""
        for rule in hit:
            if rule.effect == "fail-after":
                raise ProviderError(_message(rule, action, type))
            if rule.effect == "kill-engine-after":
                self._kill_engine()
                raise ProviderError(f"{action} of {type}: the engine was stopped on request after the call")

    def _kill_engine(self) -> None:
        file = self.engine_pid_file
        try:
            pid = int(file.read_text()) if file else 0
        except (OSError, ValueError):
            pid = 0
        if pid <= 1:
            raise ProviderError(f"kill-engine: got no process id in {file}, expected --engine-pid-file to name a file")
        os.kill(pid, signal.SIGKILL)


def _message(rule: Fault, action: str, type: str) -> str:
    return rule.value or f"{action} of {type}: failed on request (fault injection)"


def read_faults(text: str, engine_pid_file: Path | None = None) -> Faults:
    """The rules of a specification; "" has none. ValueError names the rule that cannot be read."""
    rules: list[Fault] = []
    for part in (piece.strip() for piece in text.split(";")):
        if not part:
            continue
        match = _RULE.fullmatch(part)
        value = (match["value"] or "").strip("\"'") if match else ""
        if match is None or (match["effect"] == "delay" and not re.fullmatch(r"\d+(\.\d+)?", value)):
            raise ValueError(
                f"faults: got {part!r}, expected ACTION[@N][:TYPE]:EFFECT[=VALUE], such as create@7:kill-engine, "
                "update@2:delay=3 or create:aws:sqs/queue:Queue:fail=no quota"
            )
        nth = int(match["nth"]) if match["nth"] else None
        rules.append(Fault(match["action"], nth, match["type"], match["effect"], value))
    return Faults(rules, engine_pid_file)
