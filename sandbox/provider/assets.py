"""Assets and archives as plain values: where the bytes come from, and how to get them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold; makes archives byte for byte repeatable


@dataclass(frozen=True)
class AssetRef:
    """A file, a text or a tree of files, as the engine hands them over.

    `kind` is "asset" (one file) or "archive" (many). Exactly one of `path` (a file, or for archives a directory or a
    zip file), `text`, `uri` and `assets` (name inside the archive -> part) is set; `hash` is the engine's SHA-256 of
    the contents, empty when unknown.
    """

    kind: str
    path: str | None = None
    text: str | None = None
    uri: str | None = None
    assets: Mapping[str, AssetRef] | None = None
    hash: str = ""

    def read(self) -> bytes:
        """The bytes: of the file or text for an asset, of a zip file for an archive. OSError when the path is gone."""
        if self.text is not None:
            return self.text.encode()
        if self.uri is not None:
            raise OSError(f"asset: got the URI {self.uri}, expected a path or a text; download it first")
        if self.kind == "asset":
            return Path(self.path or "").read_bytes()
        if self.path and Path(self.path).is_file():
            return Path(self.path).read_bytes()
        return _zipped(self)


def _zipped(archive: AssetRef) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data, mode in sorted(_files(archive, "")):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode << 16
            target.writestr(entry, data)
    return buffer.getvalue()


def _files(part: AssetRef, prefix: str) -> Iterator[tuple[str, bytes, int]]:
    if part.kind == "asset":
        mode = Path(part.path).stat().st_mode & 0o777 if part.path else 0o644
        yield prefix, part.read(), mode
    elif part.assets is not None:
        for name, child in part.assets.items():
            yield from _files(child, f"{prefix}/{name}" if prefix else name)
    elif part.path and Path(part.path).is_dir():
        root = Path(part.path)
        for file in sorted(p for p in root.rglob("*") if p.is_file()):
            name = file.relative_to(root).as_posix()
            yield (f"{prefix}/{name}" if prefix else name), file.read_bytes(), file.stat().st_mode & 0o777
    else:
        with zipfile.ZipFile(io.BytesIO(part.read())) as source:
            for item in source.infolist():
                if not item.is_dir():
                    mode = (item.external_attr >> 16) & 0o777 or 0o644
                    yield (f"{prefix}/{item.filename}" if prefix else item.filename), source.read(item), mode
