"""Judging a file as a whole: enough rows, as many as its manifest says, and not too many bad ones."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingestion.contract import Contract
from ingestion.landing import LandedFile
from ingestion.ledger import OutputCounts
from ingestion.mapping import Mapping
from warehouse.errors import DeliveryError


@dataclass(frozen=True)
class LoadedOutput:
    """What one output of a file became. ``note`` is for the ledger and the report."""

    output: str
    entity: str
    batch_id: int
    counts: OutputCounts
    note: str | None


@dataclass(frozen=True)
class FileCounts:
    """The delivered rows of a file: all, those that are no data, filled cells by column, and rows to be cleaned."""

    rows: int
    set_aside: int
    filled: tuple[int, ...]
    needs_work: int


def check_row_count(landed: LandedFile, mapping: Mapping, contracts: dict[str, Contract], found: FileCounts) -> None:
    empty_ok = mapping.file.empty_ok
    if empty_ok is None:
        empty_ok = all(contracts[output.entity].delivery.empty_ok for output in mapping.outputs)
    if found.rows == found.set_aside and not empty_ok:
        raise DeliveryError(
            "no_rows",
            f"{landed.name} has a header but no rows. Ask for the file again; where an empty delivery is normal, "
            "set file.empty_ok in its mapping.",
        )
    said = landed.expected.rows if landed.expected else None
    # Whoever counts rows may or may not count the line with the totals.
    if said is not None and said not in (found.rows, found.rows - found.set_aside):
        raise DeliveryError(
            "manifest_mismatch",
            f"{landed.name} has {found.rows} rows, its manifest says {said}. Ask for the file again.",
        )


def check_bad_rows(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    mapping: Mapping,
    contract: Contract,
    counts: OutputCounts,
    *,
    batch_id: int,
) -> None:
    if counts.rows_quarantined <= contract.bad_rows.tolerated:
        return
    row = con.execute(
        f"select count(*) from quarantine.{contract.table} where _batch_id = {batch_id} and status = 'open'"
    ).fetchone()
    bad = int(row[0]) if row else 0
    if bad > contract.bad_rows.tolerated and bad > contract.bad_rows.max_ratio * counts.rows_in:
        raise DeliveryError(
            "too_many_bad_rows",
            f"{landed.name}: {bad} of {counts.rows_in} rows cannot be read "
            f"({_most_frequent(con, contract, batch_id)}), more than the {contract.bad_rows.max_ratio:.0%} that "
            f"{contract.entity} allows, so the file as a whole is refused. "
            f"Compare its formats with the mapping {mapping.mapping}, mend one of them and run again.",
        )


def refuse_unreadable(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    mapping: Mapping,
    contracts: dict[str, Contract],
    results: list[LoadedOutput],
    *,
    rows: int,
) -> None:
    worst = max(results, key=lambda result: result.counts.rows_quarantined)
    why = _most_frequent(con, contracts[worst.entity], worst.batch_id)
    raise DeliveryError(
        "no_readable_row",
        f"{landed.name}: none of its {rows} rows can be read ({why}), so the file as a whole is refused. "
        f"Compare its formats with the mapping {mapping.mapping}, mend one of them and run again.",
    )


def _most_frequent(con: duckdb.DuckDBPyConnection, contract: Contract, batch_id: int) -> str:
    rows = con.execute(
        f"""select code, count(*) from (
            select unnest(reason_codes) as code from quarantine.{contract.table} where _batch_id = {batch_id}
        ) group by code order by count(*) desc, code limit 3"""
    ).fetchall()
    return ", ".join(f"{code} in {count}" for code, count in rows) or "no reason recorded"


def describe_file(
    absent: tuple[str, ...],
    unused: tuple[str, ...],
    noticed: tuple[str, ...],
    touched: str | None,
    *,
    unverified: bool,
) -> str | None:
    notes = list(noticed)
    if unverified:
        notes.append("unverified: no manifest says what the file should hold")
    if absent:
        notes.append(f"not delivered, left empty: {', '.join(absent)}")
    if unused:
        notes.append(f"unknown columns, named in _extra: {', '.join(unused)}")
    if touched:
        notes.append(touched)
    return "; ".join(notes) or None
