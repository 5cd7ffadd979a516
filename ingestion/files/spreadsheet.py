"""Spreadsheets (XLSX, XLS, ODS) as delimited text: one sheet, its values as a person would read them."""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from ingestion.files.csv_dialect import RECORDS_LOOKED_AT
from ingestion.headers import normalise_header
from warehouse.errors import DeliveryError


def sheet_to_csv(
    path: Path, scratch: Path, *, name: str, sheet: str | None, wanted: Collection[str]
) -> tuple[Path, str | None]:
    """Write one sheet to a CSV in ``scratch``; returns its path and a note on which sheet it is.

    Without a name it is the first sheet that has a wanted header near its top, else the first that is not empty.

    Raises:
        DeliveryError: no workbook, protected by a password, no such sheet, or nothing in it.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        chosen = _choose(workbook, names, name=name, sheet=sheet, wanted=wanted)
        rows = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except PasswordError as error:
        raise DeliveryError("encrypted_file", f"{name} is protected by a password. Ask for it without one.") from error
    except (CalamineError, OSError) as error:
        raise DeliveryError("unreadable", f"{name} is no workbook that can be read. Ask for the file again.") from error
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / "sheet.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            writer.writerow([_cell_text(cell) for cell in row])
    if not rows:
        raise DeliveryError("no_header", f"{name}: its sheet is empty. Ask for the file again.")
    return target, f"sheet {chosen}" if len(names) > 1 else None


def _choose(workbook: Any, names: list[str], *, name: str, sheet: str | None, wanted: Collection[str]) -> str:
    if sheet is not None:
        if sheet not in names:
            raise DeliveryError(
                "no_such_sheet", f"{name} has no sheet {sheet}; it has {', '.join(names)}. Mend file.sheet."
            )
        return sheet
    known = {normalise_header(header) for header in wanted}
    filled = []
    for candidate in names:
        top = list(islice(workbook.get_sheet_by_name(candidate).iter_rows(), RECORDS_LOOKED_AT))
        cells = {normalise_header(_cell_text(cell)) for row in top for cell in row}
        if cells & known:
            return candidate
        if cells - {""}:
            filled.append(candidate)
    return (filled or names)[0]


def _cell_text(cell: Any) -> str:
    """The text of a cell: numbers as Excel shows them at full width, dates in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        # Whole numbers are exact up to 2 to the 53rd; of others Excel keeps 15 digits: 0.1 + 0.2 is 0.3 there.
        return str(int(cell)) if cell.is_integer() and abs(cell) <= 2**53 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S") + (f".{cell.microsecond:06d}" if cell.microsecond else "")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    return str(cell)
