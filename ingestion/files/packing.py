"""Unpacking .gz and .zip, known by their first bytes: whole, one file, and of bounded size."""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from pathlib import Path
from typing import IO

from warehouse.errors import DeliveryError

#: Nothing that a company exports in a day is larger; what claims to be is an archive made to fill disks.
MAX_UNPACKED_BYTES = 64 * 1024**3
_BLOCK = 1 << 20


def unpack(path: Path, scratch: Path, *, name: str, is_container: bool) -> tuple[Path, str | None]:
    """The file itself, or its unpacked content in ``scratch`` with a note on what was unpacked.

    ``is_container`` is true for formats that are zip archives themselves (XLSX).

    Raises:
        DeliveryError: the archive is cut off, encrypted, too large, or holds not exactly one file.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    try:
        if magic[:2] == b"\x1f\x8b":
            target = scratch / "unpacked"
            with gzip.open(path, "rb") as source:
                _copy(source, target, name=name)
            return unpack(target, scratch / "inner", name=name, is_container=is_container)[0], "unpacked from gzip"
        if magic == b"PK\x03\x04" and not (is_container and _is_workbook(path)):
            return _unzip(path, scratch, name=name), "unpacked from zip"
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise DeliveryError(
            "cut_archive", f"{name} is an archive that is cut off or damaged ({error}). Ask for the file again."
        ) from error
    return path, None


def _is_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    return "[Content_Types].xml" in names or "mimetype" in names


def _unzip(path: Path, scratch: Path, *, name: str) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        if len(members) != 1:
            raise DeliveryError(
                "not_one_file", f"{name} holds {len(members)} files, and one is expected. Deliver them one by one."
            )
        if members[0].flag_bits & 1:
            raise DeliveryError("encrypted_file", f"{name} is protected by a password. Ask for it without one.")
        target = scratch / "unzipped"
        with archive.open(members[0]) as source:
            _copy(source, target, name=name)
    return target


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, *, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    copied = 0
    with target.open("wb") as file:
        while block := source.read(_BLOCK):
            copied += len(block)
            if copied > min(MAX_UNPACKED_BYTES, shutil.disk_usage(target.parent).free):
                raise DeliveryError(
                    "too_large", f"{name} unpacks to more than the disk or the limit holds. Deliver it in parts."
                )
            file.write(block)
