"""Environment variables that a function can have."""

from collections.abc import Mapping
from typing import Any

from assistant_components.validation import Fault, shown

ENVIRONMENT_BYTES_MAX = 4_096
RESERVED_PREFIXES = ("AWS_LAMBDA_", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR")
RESERVED_KEYS = frozenset(
    {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID"}
    | {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
)


def environment_faults(args: Any) -> list[Fault]:
    """Environment variables that Lambda would refuse, or overwrite; `args` are those of a function."""
    given = args.get("environment") if isinstance(args, Mapping) else None
    if not isinstance(given, Mapping):
        return []
    faults: list[Fault] = []
    for key in given:
        if key in RESERVED_KEYS or str(key).startswith(RESERVED_PREFIXES):
            faults.append((f"environment[{key!r}]", "Lambda sets this variable itself, expected another name"))
        elif not (isinstance(key, str) and key.replace("_", "a").isalnum() and key[:1].isalpha()):
            faults.append((f"environment[{shown(key)}]", "expected letters, digits and '_' with a letter first"))
    known = [(str(key), value) for key, value in given.items() if isinstance(value, str)]
    size = sum(len(key.encode()) + len(value.encode()) for key, value in known)
    if size > ENVIRONMENT_BYTES_MAX:
        faults.append(("environment", f"got {size} bytes, expected at most {ENVIRONMENT_BYTES_MAX} in all"))
    return faults
