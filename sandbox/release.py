"""Downloads an official Pulumi release and checks it against the checksum published with it."""

from __future__ import annotations

import hashlib
import io
import platform
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from sandbox.paths import ensured
from sandbox.say import say

ARCHIVES = "https://get.pulumi.com/releases/sdk"
CHECKSUMS = "https://github.com/pulumi/pulumi/releases/download"
TIMEOUT_SECONDS = 60
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class DownloadError(Exception):
    """The release could not be fetched, or is not what its checksum says."""


def download(version: str, target: Path, archives: str = ARCHIVES, checksums: str = CHECKSUMS) -> None:
    """Puts the programs of release `version` into `target`. Raises DownloadError; then `target` is as it was."""
    system, machine = platform.system().lower(), MACHINES.get(platform.machine().lower())
    if system not in {"linux", "darwin"} or machine is None:
        raise DownloadError(f"no release for {platform.system()} on {platform.machine()}")
    name = f"pulumi-v{version}-{system}-{machine}.tar.gz"
    say(f"downloading {name} from {archives}; this is done once")
    listed = _fetch(f"{checksums}/v{version}/pulumi-{version}-checksums.txt").decode()
    wanted = next((line.split()[0] for line in listed.splitlines() if line.split()[1:] == [name]), None)
    if wanted is None:
        raise DownloadError(f"no checksum for {name} is published")
    archive = _fetch(f"{archives}/{name}")
    got = hashlib.sha256(archive).hexdigest()
    if got != wanted:
        raise DownloadError(f"{name}: got SHA-256 {got}, expected {wanted}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for member in opened:
            if member.isfile() and (source := opened.extractfile(member)):
                program = ensured(target) / Path(member.name).name
                program.write_bytes(source.read())
                program.chmod(0o755)


def _fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:
            return response.read()
    except (urllib.error.URLError, OSError) as error:
        raise DownloadError(f"{url} could not be fetched: {getattr(error, 'reason', error)}") from error
