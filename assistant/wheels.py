"""The compiled cryptography for the functions' processors: fetched once, kept, and known by its hash."""

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

LIBRARY = "pycryptodome"
PROCESSORS = ("aarch64", "x86_64")
"""As `os.uname` names them: arm64 and x86_64 functions."""
PINNED = Path(__file__).with_name("native-requirements.txt")
CACHE = Path(__file__).parents[1] / ".cache" / "wheels"
SECONDS = 300

# What AES-CBC and Ed25519 come to, and no more: the library's other ciphers are ten times as much. Compiled parts are
# named without what tells their variants for processors apart.
MODULES = {
    "Crypto/__init__", "Crypto/Cipher/__init__", "Crypto/Cipher/AES", "Crypto/Cipher/_mode_cbc",
    "Crypto/Cipher/_state_machine", "Crypto/Hash/__init__", "Crypto/Hash/SHA512", "Crypto/Hash/SHAKE256",
    "Crypto/Hash/keccak", "Crypto/Math/__init__", "Crypto/Math/Numbers", "Crypto/Math/_IntegerBase",
    "Crypto/Math/_IntegerNat", "Crypto/PublicKey/__init__", "Crypto/PublicKey/ECC", "Crypto/PublicKey/_curve",
    "Crypto/PublicKey/_ec_lib", "Crypto/PublicKey/_edwards", "Crypto/PublicKey/_point", "Crypto/Random/__init__",
    "Crypto/Random/random", "Crypto/Signature/__init__", "Crypto/Signature/eddsa", "Crypto/Util/__init__",
    "Crypto/Util/_bytes", "Crypto/Util/_cpu_features", "Crypto/Util/_file_system", "Crypto/Util/_raw_api",
    "Crypto/Util/asn1", "Crypto/Util/number",
}  # fmt: skip
COMPILED = re.compile(
    r"Crypto/(?:Cipher/_raw_aes(?:ni|_armv8)?|Cipher/_raw_cbc|Hash/_SHA512(?:_armv8)?|Hash/_keccak"
    r"|Math/_nat(?:_bmi2_adx)?|PublicKey/_ed25519|Util/_cpuid_c)\.abi3\.so"
)


class WheelError(RuntimeError):
    """A build cannot be had; one line that says why."""


def contents() -> Iterator[tuple[str, bytes]]:
    """Name in the package -> bytes: the builds below native/<processor>, and the licences. Raises WheelError."""
    for processor in PROCESSORS:
        with zipfile.ZipFile(_wheel(processor)) as wheel:
            for name in wheel.namelist():
                if name.removesuffix(".py") in MODULES or COMPILED.fullmatch(name):
                    yield f"native/{processor}/{name}", wheel.read(name)
                elif re.fullmatch(r"[^/]+\.dist-info/licenses/LICENSE[^/]*", name):
                    yield f"licenses/{LIBRARY}/{Path(name).name}", wheel.read(name)


def _wheel(processor: str) -> Path:
    pinned = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", PINNED.read_text(encoding="utf-8")))
    for kept in sorted(CACHE.glob(f"{LIBRARY}-*{processor}.whl")):
        if hashlib.sha256(kept.read_bytes()).hexdigest() in pinned:
            return kept
    return _fetched(processor)


def _fetched(processor: str) -> Path:
    print(f"fetching {LIBRARY} for {processor} functions; this is done once", file=sys.stderr)
    CACHE.mkdir(parents=True, exist_ok=True)
    # In a folder of its own, as two builds at once may want it; what is complete takes its place in one step.
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
            "--no-deps", "--only-binary=:all:", "--require-hashes", "--platform", f"manylinux2014_{processor}",
            "--dest", place, "--requirement", str(PINNED),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise WheelError(f"{LIBRARY} for {processor}: got nothing within {SECONDS} s, try it again") from None
        wheels = list(Path(place).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            said = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing"]
            raise WheelError(
                f"{LIBRARY} for {processor}: got {said[-1]}, expected a wheel; give access to the package index, or "
                f"put the wheel that {PINNED.name} names into {CACHE}"
            )
        return wheels[0].replace(CACHE / wheels[0].name)
