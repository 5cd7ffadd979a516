"""Taking rows out of quarantine after a contract, a mapping or a filter was mended: nothing is lost, nothing doubled.

The landed file is read again with today's contract and mapping, and only the rows that are in quarantine are written.
They keep the batch, and so the place among later deliveries, in which they arrived.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from ingestion import ledger
from ingestion.contract import Contract
from ingestion.files.delivered import Delivered
from ingestion.files.reading import read_delivered
from ingestion.landing import LandedFile, hash_file
from ingestion.landing_tree import read_what_was_said
from ingestion.loader import count_rows, keep_text, load_file
from ingestion.mapped_headers import harmless_headers, unused_headers, wanted_headers
from ingestion.mapping import Mapping, Output
from ingestion.output_rows import RowWriter
from ingestion.own_shape import find_mapping
from ingestion.plan import SourceFacts
from ingestion.quarantine import close_rows, record_decision
from ingestion.replaced_files import is_keyed_by_row
from ingestion.replay_rows import LEFT_OUT_NOW, LoadedBatch, check_row_numbers, save_open_rows, write_again
from ingestion.replay_settle import drop_saved_rows, recount_batch, settle_saved_rows
from ingestion.set_aside import UNTAKEN
from ingestion.snapshots import FullList, close_late_rows, is_full_list
from ingestion.superseded import check_superseded
from ingestion.touched_dates import record_touched_dates
from warehouse.connection import transaction
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_literal


@dataclass(frozen=True)
class ReplayOutcome:
    """What a replay of one delivery changed. ``message`` says why it could not be done, where it could not."""

    delivery_id: str
    file: str
    rows_loaded: int
    rows_left: int
    message: str | None = None


@dataclass(frozen=True)
class Workshop:
    """What replays need to know beside the connection."""

    mappings: dict[str, Mapping]
    contracts: dict[str, Contract]
    landing_dir: Path
    now: datetime


def find_replayable(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], *, entity: str | None, batch_id: int | None
) -> list[str]:
    """Deliveries that have open rows in quarantine, or that were refused as a whole, in the order of arrival."""
    chosen = [c for c in contracts.values() if entity is None or c.entity == entity]
    parts = [f"select distinct _batch_id from quarantine.{c.table} where status = 'open'" for c in chosen]
    rows = con.execute(
        f"""select delivery_id from ops.delivery as d
        where (d.batch_id in ({" union all ".join(parts)}) or (d.status = 'rejected' and d.landing_path is not null
                and {batch_id is None} and {quote_literal(entity or "")} in ('', d.entity)))
            and ({batch_id is None} or d.batch_id = {batch_id or 0})
        group by delivery_id order by min(load_date), min(batch_id)"""
    ).fetchall()
    return [str(row[0]) for row in rows]


def replay_delivery(con: duckdb.DuckDBPyConnection, workshop: Workshop, delivery_id: str) -> ReplayOutcome:
    """Read one landed file again and load what was in quarantine, or the whole file where it had been refused.

    A file that was loaded, corrected and then refused when it came back is both: first it is loaded as a whole.
    """
    landed, statuses = _find_landed(con, workshop, delivery_id)
    loaded, messages = 0, []
    for status in sorted(statuses, reverse=True):
        try:
            prepared, mapping = _prepare(workshop, landed)
            if status == "rejected":
                loaded += _load_refused(con, workshop, prepared, mapping)
            else:
                loaded += _replay_rows(con, workshop, prepared, mapping)
        except DeliveryError as error:
            messages.append(str(error))
    message = " ".join(dict.fromkeys(messages)) or None
    return ReplayOutcome(delivery_id, landed.name, loaded, _count_open(con, workshop, delivery_id), message)


def _find_landed(con: duckdb.DuckDBPyConnection, workshop: Workshop, delivery_id: str) -> tuple[LandedFile, set[str]]:
    rows = con.execute(
        f"""select d.file, d.sha256, d.load_date, d.landing_path, d.source, d.source_system, d.mapping,
            coalesce(s.business_zone, 'UTC'), coalesce(s.currency, ''), l.stream, d.status
        from ops.delivery as d
        left join ops.source as s on d.source = s.source and d.source_system = s.source_system
        left join ops.file_ledger as l on d.batch_id = l.batch_id
        where d.delivery_id = {quote_literal(delivery_id)} and d.status in ('loaded', 'rejected') order by d.batch_id"""
    ).fetchall()
    if not rows:
        raise KeyError(delivery_id)
    file, sha256, load_date, landing_path, source, system, mapping, zone, currency, stream, _ = rows[0]
    landed = LandedFile(
        delivery_id=delivery_id,
        mapping=mapping,
        name=file,
        stream=stream or file,
        path=workshop.landing_dir / landing_path,
        sha256=sha256,
        load_date=load_date,
        landing_path=landing_path,
        facts=SourceFacts(source, system, zone, currency),
    )
    return landed, {str(row[-1]) for row in rows}


def _prepare(workshop: Workshop, landed: LandedFile) -> tuple[LandedFile, Mapping]:
    """The landed file with what its manifest says, and today's mapping; DeliveryError where it is not as it was."""
    if not landed.path.is_file():
        raise DeliveryError(
            "not_in_landing", f"{landed.name} is no longer in landing. Deliver it again under a new load date."
        )
    if hash_file(landed.path) != landed.sha256:
        raise DeliveryError(
            "landing_changed", f"{landed.name} in landing is not what was delivered. Restore it from a backup."
        )
    mapping = find_mapping(
        landed.mapping, mappings=workshop.mappings, contracts=workshop.contracts, file_name=landed.path.name
    )
    stream, expected = read_what_was_said(
        landed.path, name=landed.name, contract=workshop.contracts[mapping.outputs[0].entity], mapping=mapping
    )
    return replace(landed, stream=stream or landed.stream, expected=expected), mapping


def _load_refused(con: duckdb.DuckDBPyConnection, workshop: Workshop, landed: LandedFile, mapping: Mapping) -> int:
    check_superseded(con, workshop.contracts, landed, mapping)
    results = load_file(con, landed, mapping, workshop.contracts, loaded_at=workshop.now)
    with transaction(con):
        for output, result in zip(mapping.outputs, results, strict=True):
            _close_late_rows(con, workshop, landed, output, result.batch_id)
    return sum(result.counts.rows_loaded for result in results)


def _close_late_rows(
    con: duckdb.DuckDBPyConnection, workshop: Workshop, landed: LandedFile, output: Output, batch_id: int
) -> None:
    contract = workshop.contracts[output.entity]
    if is_full_list(contract, output):
        full_list = FullList(contract, landed.mapping, output.name, landed.facts.system, landed.load_date, [batch_id])
        close_late_rows(con, full_list, loaded_at=workshop.now)


def _count_open(con: duckdb.DuckDBPyConnection, workshop: Workshop, delivery_id: str) -> int:
    batches = f"(select batch_id from ops.delivery where delivery_id = {quote_literal(delivery_id)})"
    parts = [
        f"select count(*) as n from quarantine.{c.table} where status = 'open' and _batch_id in {batches}"
        for c in workshop.contracts.values()
    ]
    row = con.execute(f"select sum(n) from ({' union all '.join(parts)})").fetchone()
    return int(row[0]) if row and row[0] else 0


def _replay_rows(con: duckdb.DuckDBPyConnection, workshop: Workshop, landed: LandedFile, mapping: Mapping) -> int:
    def replay(delivered: Delivered) -> int:
        with transaction(con):
            return _replay_delivered(con, workshop, landed, mapping, delivered)

    return read_delivered(
        con,
        landed.path,
        replay,
        name=landed.name,
        file=mapping.file,
        wanted=wanted_headers(mapping),
        scratch_in=landed.path.parent,
    )


def _replay_delivered(
    con: duckdb.DuckDBPyConnection, workshop: Workshop, landed: LandedFile, mapping: Mapping, delivered: Delivered
) -> int:
    batches = _find_batches(con, workshop, landed, mapping)
    delivered = keep_text(con, mapping, delivered)
    rows = count_rows(con, delivered).rows
    writer = RowWriter(
        landed=landed,
        mapping=mapping,
        wanted=wanted_headers(mapping),
        unused=unused_headers(mapping, delivered),
        shown=harmless_headers(mapping, workshop.contracts),
        loaded_at=workshop.now,
    )
    check_row_numbers(con, writer, batches, delivered, rows=rows)
    load_seq = ledger.next_batch_id(con)
    save_open_rows(con, batches, delivered)
    folded = write_again(con, writer, batches, delivered, load_seq=load_seq)
    settle_saved_rows(con, batches)
    loaded = 0
    for batch in batches:
        change = recount_batch(con, batch, folded=folded[batch.position])
        loaded += change.gained
        con.execute(f"delete from ops.touched_date where batch_id = {batch.batch_id}")
        record_touched_dates(
            con,
            batch.contract,
            batch_id=batch.batch_id,
            zone=landed.facts.business_zone,
            late=ledger.is_late(con, landed),
        )
        for action, number, reason in (
            ("replayed", change.gained, None),
            ("waived", change.left_out, LEFT_OUT_NOW),
        ):
            if number:
                record_decision(
                    con, action, batch.contract, batch_id=batch.batch_id, rows=number, by=None, reason=reason,
                    now=workshop.now,
                )  # fmt: skip
        _close_late_rows(con, workshop, landed, batch.output, batch.batch_id)
    drop_saved_rows(con)
    return loaded


def _find_batches(
    con: duckdb.DuckDBPyConnection, workshop: Workshop, landed: LandedFile, mapping: Mapping
) -> list[LoadedBatch]:
    """The newest batch of every output. The same bytes may have come twice in a day, with others in between.

    Every row of an earlier batch is in the newest one too, so what is still open there is closed.
    """
    mine = f"delivery_id = {quote_literal(landed.delivery_id)} and status = 'loaded'"
    known = {
        str(output): (int(batch_id), int(rows_read))
        for output, batch_id, rows_read in con.execute(
            f"select output, batch_id, rows_read from ops.delivery where {mine} order by batch_id"
        ).fetchall()
    }
    missing = [output.name for output in mapping.outputs if output.name not in known]
    if missing or len(known) != len(mapping.outputs):
        raise DeliveryError(
            "outputs_have_changed",
            f"{landed.name}: the mapping {mapping.mapping} has other outputs now than when the file was loaded "
            f"({', '.join(sorted(known))}). Deliver it again under a new load date.",
        )
    batches = [
        LoadedBatch(output, workshop.contracts[output.entity], *known[output.name], position)
        for position, output in enumerate(mapping.outputs)
    ]
    for batch in batches:
        close_rows(
            con,
            batch.contract,
            batches=f"select batch_id from ops.delivery where {mine} "
            f"and output = {quote_literal(batch.output.name)} and batch_id < {batch.batch_id}",
            decision="replaced by the same file again",
            now=workshop.now,
        )
        if is_keyed_by_row(batch.output):
            _close_corrected(con, workshop, batch, batches[0])
    return batches


def _close_corrected(
    con: duckdb.DuckDBPyConnection, workshop: Workshop, batch: LoadedBatch, first: LoadedBatch
) -> None:
    """Rows without a key of their own are not loaded beside those of a file that corrected theirs."""
    corrected = con.execute(
        f"""from ops.file_ledger as mine join ops.file_ledger as later using (mapping, output, source_system, stream,
            load_date)
        where mine.batch_id = {batch.batch_id} and later.batch_id > mine.batch_id"""
    ).fetchone()
    if corrected is None:
        return
    for closed, reason in ((batch, None), (first, UNTAKEN)):
        close_rows(
            con,
            closed.contract,
            batches=str(closed.batch_id),
            decision="replaced by a corrected file",
            now=workshop.now,
            reason=reason,
        )
