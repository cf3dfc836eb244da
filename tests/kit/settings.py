"""Settings for tests: a stack's configuration that is valid, and the lines that a changed one gives."""

import atexit
import copy
import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from stacks.settings.errors import SettingsError
from stacks.settings.load import Configuration, read
from stacks.settings.sections import NAMES, Settings

VALID: dict[str, Any] = {
    "template": {"name": "reference"},
    "compute": {"topology": "serverless"},
    "model": {"provider": "echo"},
    "channels": {"web": {"access": "anonymous"}},
    "deploy": {"environment": "test", "owner": "tests"},
}
REGION = "eu-central-1"
OPENAI = {"provider": "openai", "id": "small", "base_url": "https://models.example.com/v1"}
BEDROCK = {"provider": "bedrock", "id": "amazon.nova-lite-v1:0"}
TELEGRAM = {"bot_token": {"secret": "tg/bot"}, "secret_token": {"secret": "tg/check"}}
SLACK = {"signing_secret": {"secret": "sl/sign"}, "bot_token": {"secret": "sl/bot"}}
FEISHU = {
    "app_id": "cli_a1",
    "app_secret": {"secret": "fs/app"},
    "encrypt_key": {"secret": "fs/key"},
    "verification_token": {"secret": "fs/token"},
}
WECOM = {
    "corp_id": "ww1",
    "agent_id": "1000002",
    "token": {"secret": "wc/token"},
    "aes_key": {"secret": "wc/key"},
    "app_secret": {"secret": "wc/app"},
}
DINGTALK = {"app_key": "ding1", "robot_code": "ding2", "corp_id": "ding3", "app_secret": {"secret": "dt/app"}}
DISCORD = {"public_key": "ab" * 32, "application_id": "1" * 18}
WEBHOOK = {"signing_secret": {"secret": "wh/sign"}}
CHANNELS: dict[str, dict[str, Any]] = {
    "web": {"access": "anonymous"},
    "telegram": TELEGRAM,
    "slack": SLACK,
    "feishu": FEISHU,
    "wecom": WECOM,
    "dingtalk": DINGTALK,
    "discord": DISCORD,
    "webhook": WEBHOOK,
}
"""Every channel with the settings that it needs."""
NETWORK = {"subnet_ids": ["subnet-0a1b2c3d"], "security_group_ids": ["sg-0a1b2c3d"]}
KEY_ARN = f"arn:aws:kms:{REGION}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC_ARN = f"arn:aws:sns:{REGION}:123456789012:alarms"
GONE = object()
"""Put at a path, it takes the key away."""


@cache
def folder_with_package() -> Path:
    """A folder in which the default package is there."""
    folder = Path(tempfile.mkdtemp(prefix="settings-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    package = folder / ".cache" / "packages" / "assistant.zip"
    package.parent.mkdir(parents=True)
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("assistant/__init__.py", "")
    return folder


def changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The valid sections with other values at some dotted paths; a section may be given whole."""
    sections = copy.deepcopy(VALID)
    for path, value in changes.items():
        *groups, last = path.split(".")
        place = sections
        for group in groups:
            place = place.setdefault(group, {})
        if value is GONE:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(value)
    return sections


def configuration(sections: Mapping[str, Any], region: str | None = REGION, **more: str) -> Configuration:
    """What Pulumi hands over for these sections; `more` are further keys, `__` standing for the colon."""
    values = {f"assistant:{name}": json.dumps(section) for name, section in sections.items()}
    if region is not None:
        values["aws:region"] = region
    return Configuration({**values, **{key.replace("__", ":"): value for key, value in more.items()}})


def settings(changes: Mapping[str, Any] | None = None, region: str = REGION) -> Settings:
    """Valid settings with some changes."""
    return read(configuration(changed(changes or {}), region), folder_with_package())


def lines(given: Configuration, folder: Path | None = None) -> list[str]:
    """The lines of the error that this configuration gives; none if it is valid."""
    try:
        read(given, folder or folder_with_package())
    except SettingsError as error:
        return str(error).split("\n")
    return []


def section_of(line: str) -> str:
    """The section that a line is about, or the whole key when it is about none."""
    path = line.partition(": got ")[0]
    return next((name for name in NAMES if path == name or path.startswith((f"{name}.", f"{name}["))), path)
