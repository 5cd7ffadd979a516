"""Loading one landed file: all of its rows into raw or quarantine in one transaction, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import duckdb

from ingestion import ledger
from ingestion.contract import Contract
from ingestion.file_checks import (
    FileCounts,
    LoadedOutput,
    check_bad_rows,
    check_row_count,
    describe_file,
    refuse_unreadable,
)
from ingestion.files.delivered import Delivered, explode
from ingestion.files.encoding import wrong_encoding
from ingestion.files.reading import read_delivered
from ingestion.landing import LandedFile
from ingestion.ledger import OutputCounts
from ingestion.mapped_headers import harmless_headers, unused_headers, wanted_headers
from ingestion.mapping import Mapping
from ingestion.output_rows import NOTHING_WRITTEN, RowWriter, write_output
from ingestion.output_sql import plan_output
from ingestion.replaced_files import replace_earlier_content
from ingestion.set_aside import write_rows_set_aside, write_rows_untaken
from ingestion.touched_dates import describe_touched_dates, record_touched_dates
from warehouse.connection import transaction
from warehouse.errors import DeliveryError

_TEXT = "delivered_text"


def load_file(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    mapping: Mapping,
    contracts: dict[str, Contract],
    *,
    loaded_at: datetime,
    announce: Callable[[str], None] | None = None,
) -> list[LoadedOutput]:
    """Load every output of the file and record it in the ledger, all in one transaction.

    A file that the fast reader cannot take is read again record by record, so that its good rows load and the others
    are named; ``announce`` hears of it.

    Raises:
        DeliveryError: the file is refused; nothing of it has been written.
    """

    def load(delivered: Delivered) -> list[LoadedOutput]:
        with transaction(con):
            return _load_outputs(con, landed, mapping, contracts, delivered, loaded_at=loaded_at)

    return read_delivered(
        con,
        landed.path,
        load,
        name=landed.name,
        file=mapping.file,
        wanted=wanted_headers(mapping),
        scratch_in=landed.path.parent,
        announce=announce,
    )


def _load_outputs(
    con: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    mapping: Mapping,
    contracts: dict[str, Contract],
    delivered: Delivered,
    *,
    loaded_at: datetime,
) -> list[LoadedOutput]:
    if not any(delivered.find(header) for header in wanted_headers(mapping)):
        if any("\ufffd" in header for header in delivered.headers):
            raise wrong_encoding(landed.name, mapping.file.encoding or "UTF-8", 0)
        # Its first line may well be a person: it is not repeated.
        raise DeliveryError(
            "no_header",
            f"{landed.name} has none of the headers that the mapping {mapping.mapping} looks for. "
            "Ask for the file with its header, or name the right mapping.",
        )
    delivered = keep_text(con, mapping, delivered)
    found = count_rows(con, delivered)
    check_row_count(landed, mapping, contracts, found)
    if delivered.untouched and found.set_aside == 0 and found.needs_work == 0:
        delivered = replace(delivered, relation=delivered.untouched)
    late = ledger.is_late(con, landed)
    writer = RowWriter(
        landed=landed,
        mapping=mapping,
        wanted=wanted_headers(mapping),
        unused=unused_headers(mapping, delivered),
        shown=harmless_headers(mapping, contracts),
        loaded_at=loaded_at,
    )
    results: list[LoadedOutput] = []
    for output in mapping.outputs:
        contract = contracts[output.entity]
        relation = (
            delivered
            if output.each is None
            else explode(con, delivered, output.each, name=landed.name, wanted=writer.wanted)
        )
        rows = found.rows if output.each is None else count_rows(con, relation).rows
        batch_id = ledger.next_batch_id(con)
        absent: tuple[str, ...] = ()
        written = NOTHING_WRITTEN
        # A file whose lists are all empty has no element whose fields could be missed.
        if rows or output.each is None:
            plan = plan_output(output, contract, relation, name=landed.name, sha256=landed.sha256)
            absent = plan.absent
            written = write_output(con, writer, output, plan, relation, batch_id=batch_id, load_seq=batch_id)
        aside = 0
        if not results:
            # Rows that belong to no output are answered for by the first one.
            aside += write_rows_set_aside(con, writer, contract, delivered, batch_id=batch_id) if found.set_aside else 0
            aside += write_rows_untaken(con, writer, contract, delivered, batch_id=batch_id)
        if output.each is not None:
            rows += aside
        counts = OutputCounts(
            rows_read=rows,
            rows_filtered=rows - written.loaded - written.folded - written.quarantined - aside,
            rows_folded=written.folded,
            rows_loaded=written.loaded,
            rows_quarantined=written.quarantined + aside,
            rows_rounded=written.rounded,
        )
        check_bad_rows(con, landed, mapping, contract, counts, batch_id=batch_id)
        record_touched_dates(con, contract, batch_id=batch_id, zone=landed.facts.business_zone, late=late)
        note = describe_file(
            absent,
            writer.unused,
            delivered.notes,
            describe_touched_dates(con, batch_id) if late else None,
            unverified=landed.expected is not None and landed.expected.sha256 is None,
        )
        ledger.record_loaded(con, landed, mapping, output, counts, batch_id=batch_id, late=late, note=note)
        replace_earlier_content(con, contract, output, landed, batch_id=batch_id, loaded_at=loaded_at)
        results.append(LoadedOutput(output.name, output.entity, batch_id, counts, note))
    # Where nothing was taken at all, the mapping knowingly leaves out every row.
    if not any(r.counts.rows_loaded for r in results) and any(r.counts.rows_quarantined for r in results):
        refuse_unreadable(con, landed, mapping, contracts, results, rows=found.rows)
    ledger.record_column_profile(
        con, landed, headers=delivered.headers, filled=found.filled, rows=found.rows, batch_id=results[0].batch_id
    )
    return results


def keep_text(con: duckdb.DuckDBPyConnection, mapping: Mapping, delivered: Delivered) -> Delivered:
    """The delivered rows as a temporary table where they are needed more than twice.

    A file with one plain output streams from the disk instead: its text is never in memory as a whole.
    """
    only = mapping.outputs[0]
    if len(mapping.outputs) == 1 and not (only.each or only.filter or only.fold):
        return delivered
    cells = "".join(f", c{position}" for position in range(len(delivered.headers)))
    con.execute(f"create or replace temp table {_TEXT} as select _row_no, _set_aside{cells} from {delivered.relation}")
    return delivered.stored_in(_TEXT)


def count_rows(con: duckdb.DuckDBPyConnection, delivered: Delivered) -> FileCounts:
    """Count rows and filled cells; one scan that parses and keeps nothing (a fifth of the cost of a typed load)."""
    cells = "".join(f", count(c{position})" for position in range(len(delivered.headers)))
    if delivered.untouched:
        counts = f"count(*) filter (_is_row), count(_set_aside), count(*) filter (_needs_work){cells}"
        row = con.execute(f"select {counts} from {delivered.relation}_every_line").fetchone()
    else:
        row = con.execute(f"select count(*), count(_set_aside), 0{cells} from {delivered.relation}").fetchone()
    rows, set_aside, needs_work, *filled = (int(value) for value in row or (0, 0, 0))
    return FileCounts(rows, set_aside, tuple(filled), needs_work)
