"""One piece of work on a delivered file: read fast, and record by record where the fast reader cannot take it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from ingestion.files.delivered import Delivered, is_about_the_file, open_delivered
from ingestion.mapping import FileFormat
from warehouse.errors import DeliveryError

_Result = TypeVar("_Result")


def read_delivered(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    work: Callable[[Delivered], _Result],
    *,
    name: str,
    file: FileFormat,
    wanted: frozenset[str],
    scratch_in: Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> _Result:
    """What ``work`` makes of the rows; it is called a second time where the bytes made the first reading fail.

    ``work`` leaves nothing behind when it raises, so it writes in a transaction. ``announce`` hears of the second
    reading, which is slower. The other arguments are those of ``open_delivered``.

    Raises:
        DeliveryError: the file cannot be read either way.
        duckdb.Error: something else than the file is to blame.
    """
    for rescue in (False, True):
        try:
            with open_delivered(
                con, path, name=name, file=file, wanted=wanted, rescue=rescue, scratch_in=scratch_in
            ) as delivered:
                return work(delivered)
        except duckdb.Error as error:
            if not is_about_the_file(error, file):
                raise
            if rescue:
                raise DeliveryError(
                    "unreadable",
                    f"{name} cannot be read as {file.format}: {_first_line(error)} Ask for the file again.",
                ) from error
            if announce:
                announce(f"{name} is not read in one piece; reading it record by record")
    raise AssertionError("unreachable: the second reading returns or raises")


def _first_line(error: Exception) -> str:
    # The rest of DuckDB's message, and whatever it quotes, may hold personal data.
    first = re.split(r"\n| Input:|[\"'`]", str(error))[0]
    return first.rstrip(" .:") + "."
