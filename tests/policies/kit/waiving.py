"""A queue that is public, and waivers that may cover it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.policies.kit.engine_side import Pack
from tests.policies.kit.resources import R, policy

PUBLIC = R("sqs/QueuePolicy", "public", {"policy": policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:*"})})
TODAY = datetime.now(UTC).date()
TLS = "ASSIST-DATA-013"


def waiver(**change: Any) -> dict[str, Any]:
    said = {
        "id": TLS, "target": PUBLIC.urn(), "reason": "a queue of a demonstration, gone next week", "owner": "platform",
        "expiry": TODAY + timedelta(days=1), "environments": ["dev", "staging"],
    }  # fmt: skip
    return {name: value for name, value in {**said, **change}.items() if value is not ...}


def waived(
    folder: Path, *entries: Any, environment: str = "staging", resources: tuple[R, ...] = (PUBLIC,)
) -> list[Any]:
    (folder / "waivers.yaml").write_text(yaml.safe_dump(list(entries)))
    return Pack(folder, {"ASSIST_ENVIRONMENT": environment}).run(resources)
