"""Rules for a component's name, from which the names of its resources are made."""

import re

from assistant_components.validation import Fault

SUFFIX_CHARS = 8  # a hyphen and the seven hexadecimal digits of an automatic name
FUNCTION_NAME_CHARS_MAX = 64
ROLE_NAME_CHARS_MAX = 64
QUEUE_NAME_CHARS_MAX = 80
FIFO_ENDING = ".fifo"
TABLE_NAME_CHARS_MAX = 255
TOPIC_NAME_CHARS_MAX = 256
SECRET_NAME_CHARS_MAX = 256  # half of what AWS takes: people read them
KEY_ALIAS_CHARS_MAX = 256
LOG_GROUP_NAME_CHARS_MAX = 512
API_NAME_CHARS_MAX = 128
ALARM_NAME_CHARS_MAX = 255

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def name_faults(name: str, *, suffix: str, limit: int) -> list[Fault]:
    """What is wrong with a component's name, whose longest physical name ends in `suffix` and a random part."""
    most = limit - len(suffix) - SUFFIX_CHARS
    faults: list[Fault] = []
    if not _NAME.fullmatch(name):
        faults.append(("name", f"got {name!r}, expected letters, digits, '-' and '_' with a letter first"))
    if len(name) > most:
        faults.append(("name", f"got {len(name)} characters, expected at most {most}: AWS limits what is made of it"))
    return faults
