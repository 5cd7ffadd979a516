"""What waits in quarantine, for people: listing it, looking at rows, and waiving what nobody needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from ingestion.contract import Contract
from warehouse.connection import transaction
from warehouse.errors import ConfigError
from warehouse.sql_text import quote_literal

STATUSES = ("open", "replayed", "waived")


@dataclass(frozen=True)
class Selection:
    """Which rows are meant; what is None does not narrow it."""

    entity: str | None = None
    batch_id: int | None = None
    rows: tuple[int, ...] = ()
    status: str | None = "open"

    @property
    def condition(self) -> str:
        """SQL over a quarantine table."""
        tests = ["true"]
        if self.batch_id is not None:
            tests.append(f"_batch_id = {self.batch_id}")
        if self.rows:
            tests.append(f"_row_no in ({', '.join(map(str, self.rows))})")
        if self.status is not None:
            tests.append(f"status = {quote_literal(self.status)}")
        return " and ".join(tests)


@dataclass(frozen=True)
class QuarantineGroup:
    """Rows of one delivery that are in quarantine for the same reason."""

    entity: str
    batch_id: int
    file: str
    load_date: date
    status: str
    reason: str
    rows: int


@dataclass(frozen=True)
class RefusedFile:
    """A file that was refused as a whole, as it stands on record."""

    delivery_id: str
    file: str
    load_date: date
    reason: str


def selected_contracts(contracts: dict[str, Contract], entity: str | None) -> list[Contract]:
    """The contracts that a selection looks at.

    Raises:
        ConfigError: no contract has that name.
    """
    if entity is None:
        return list(contracts.values())
    name = entity if entity in contracts else entity.replace("__", ".")
    if name not in contracts:
        raise ConfigError(f"No entity {entity!r}; known: {', '.join(sorted(contracts))}.")
    return [contracts[name]]


def list_groups(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], selection: Selection
) -> list[QuarantineGroup]:
    """Rows in quarantine by delivery and reason; a row with two reasons is counted under both."""
    parts = [
        f"""select {quote_literal(contract.entity)} as entity, _batch_id, _source_file, _load_date, status,
            unnest(reason_codes) as reason
        from quarantine.{contract.table} where {selection.condition}"""
        for contract in selected_contracts(contracts, selection.entity)
    ]
    rows = con.execute(
        f"""select entity, _batch_id, _source_file, _load_date, status, reason, count(*)
        from ({" union all ".join(parts)}) group by all order by _load_date, _batch_id, count(*) desc, reason"""
    ).fetchall()
    return [QuarantineGroup(*row) for row in rows]


def list_refused_files(con: duckdb.DuckDBPyConnection) -> list[RefusedFile]:
    """Files that are refused and have not been loaded since."""
    rows = con.execute(
        "select delivery_id, file, load_date, reason from ops.delivery "
        "where status = 'rejected' order by load_date, file"
    ).fetchall()
    return [RefusedFile(*row) for row in rows]


def show_rows(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], selection: Selection, *, limit: int
) -> list[dict[str, Any]]:
    """The rows themselves, personal data withheld, in the order of the file."""
    found: list[dict[str, Any]] = []
    for contract in selected_contracts(contracts, selection.entity):
        rows = con.execute(
            f"""select _batch_id, _source_file, _row_no, status, reason_codes, row_key, decision,
                cast(row_text as varchar)
            from quarantine.{contract.table} where {selection.condition}
            order by _batch_id, _row_no limit {limit - len(found)}"""
        ).fetchall()
        for batch_id, file, row_no, status, reasons, key, decision, text in rows:
            found.append(
                {
                    "entity": contract.entity,
                    "batch_id": batch_id,
                    "file": file,
                    "row_no": row_no,
                    "status": status,
                    "reasons": reasons,
                    "key": key,
                    "decision": decision,
                    "row": json.loads(text),
                }
            )
    return found


def waive_rows(
    con: duckdb.DuckDBPyConnection,
    contracts: dict[str, Contract],
    selection: Selection,
    *,
    by: str,
    reason: str,
    now: datetime,
) -> int:
    """Decide that open rows are not needed; they stay on record with who said so and why. Returns how many."""
    waived = 0
    decision = quote_literal(f"waived by {by}: {reason}")
    with transaction(con):
        for contract in selected_contracts(contracts, selection.entity):
            batches = con.execute(
                f"select _batch_id, count(*) from quarantine.{contract.table} where {selection.condition} group by all"
            ).fetchall()
            for batch_id, rows in batches:
                record_decision(con, "waived", contract, batch_id=batch_id, rows=rows, by=by, reason=reason, now=now)
                waived += rows
            con.execute(
                f"update quarantine.{contract.table} set status = 'waived', decision = {decision} "
                f"where {selection.condition}"
            )
    return waived


def close_rows(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    *,
    batches: str,
    decision: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Waive the open rows of batches (a query) whose file was replaced, or those that wait for one reason.

    Inside the caller's transaction.
    """
    chosen = f"status = 'open' and _batch_id in ({batches})"
    if reason is not None:
        chosen += f" and list_contains(reason_codes, {quote_literal(reason)})"
    found = con.execute(
        f"select _batch_id, count(*) from quarantine.{contract.table} where {chosen} group by all order by all"
    ).fetchall()
    for batch_id, rows in found:
        record_decision(con, "waived", contract, batch_id=batch_id, rows=rows, by=None, reason=decision, now=now)
    con.execute(
        f"update quarantine.{contract.table} set status = 'waived', decision = {quote_literal(decision)} where {chosen}"
    )


def record_decision(
    con: duckdb.DuckDBPyConnection,
    action: str,
    contract: Contract,
    *,
    batch_id: int,
    rows: int,
    by: str | None,
    reason: str | None,
    now: datetime,
) -> None:
    """Enter who decided what; inside the caller's transaction."""
    con.execute(
        "insert into ops.quarantine_decision values (?, ?, ?, ?, ?, ?, ?)",
        [now, action, contract.entity, batch_id, rows, by, reason],
    )
