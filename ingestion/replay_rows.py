"""The statements of a replay: open rows are set aside, written again, and put back where they still cannot be read.

A row of quarantine is numbered as its output reads the file: by record, or by element of a list where the output has
``each``. Rows that were never judged, such as torn lines, are numbered by record in every output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from ingestion.contract import Contract
from ingestion.files.delivered import Delivered, explode
from ingestion.headers import normalise_header
from ingestion.mapping import Mapping, Output
from ingestion.output_rows import RowWriter, write_output
from ingestion.output_sql import plan_output, row_condition
from ingestion.set_aside import UNTAKEN
from warehouse.errors import DeliveryError

SAVED = "rows_to_replay"
LEFT_OUT_NOW = "left out by the mapping as it is now"
RECORDS = "records_to_replay"
TAKES = "rows_taken_by_replay"
LEFT_OUT = "rows_left_out_by_replay"
SETTLED = "rows_settled_by_replay"
PARENTS = "records_of_elements"
_PARENT_HEADER = "record number in a replay"
#: The reasons of judged rows name a column; those of rows set aside, or taken by no output, do not.
_BY_RECORD = "not coalesce(contains(reason_codes[1], ':'), false)"


@dataclass(frozen=True)
class LoadedBatch:
    """One output of the delivery, with the batch in which it was loaded and its place among the outputs."""

    output: Output
    contract: Contract
    batch_id: int
    rows_read: int
    position: int

    @property
    def raw(self) -> str:
        """The table of its loaded rows."""
        return f"raw.{self.contract.table}"

    @property
    def held(self) -> str:
        """The table of its rows in quarantine."""
        return f"quarantine.{self.contract.table}"

    @property
    def level(self) -> str:
        """What its rows are numbered by: '' for records, else the list."""
        return "" if self.output.each is None else normalise_header(self.output.each)

    @property
    def is_judged(self) -> str:
        """SQL that is true for those rows of its quarantine that are numbered as the output reads the file."""
        return "true" if self.output.each is None else f"not ({_BY_RECORD})"


def check_row_numbers(
    con: duckdb.DuckDBPyConnection, writer: RowWriter, batches: list[LoadedBatch], delivered: Delivered, *, rows: int
) -> None:
    """Refuse where the file has other rows with today's mapping than at its first reading.

    Raises:
        DeliveryError: rows cannot be found again by their numbers.
    """
    for batch in batches:
        found, read, what = rows, batch.rows_read, "rows"
        if batch.output.each is not None:
            elements = _explode(con, writer, batch, delivered)
            found, what = count_of(con, f"select count(*) from {elements.relation}"), f"elements of {batch.output.each}"
            read -= count_of(con, f"select count(*) from {batch.held} where {rows_of(batch)} and {_BY_RECORD}")
        if found != read:
            raise DeliveryError(
                "rows_have_moved",
                f"{writer.landed.name}: with the mapping {writer.mapping.mapping} as it is now the file has {found} "
                f"{what}, not the {read} of its first reading, so its rows cannot be found again by number. "
                "Deliver it again.",
            )


def save_open_rows(con: duckdb.DuckDBPyConnection, batches: list[LoadedBatch], delivered: Delivered) -> None:
    """Move the open rows of all outputs into a temporary table; what cannot be loaded comes back from there."""
    parts = [
        f"select {batch.position} as output_no, case when {batch.is_judged} then '{batch.level}' else '' end as level, "
        f"* from {batch.held} where {rows_of(batch)} and status = 'open'"
        for batch in batches
    ]
    con.execute(f"create or replace temp table {SAVED} as {' union all '.join(parts)}")
    for batch in batches:
        con.execute(f"delete from {batch.held} where {rows_of(batch)} and status = 'open'")
    con.execute(
        f"create or replace temp table {RECORDS} as select * from {delivered.relation} "
        f"where _row_no in (select _row_no from {SAVED} where level = '')"
    )
    con.execute(f"create or replace temp table {TAKES} (output_no integer, level varchar, _row_no bigint)")
    con.execute(f"create or replace temp table {LEFT_OUT} (level varchar, _row_no bigint)")


def write_again(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    batches: list[LoadedBatch],
    delivered: Delivered,
    *,
    load_seq: int,
) -> list[int | None]:
    """Offer every saved row to every output that takes it by now and does not hold it yet.

    Returns for each output how many rows a fold took in, None where nothing was folded.
    """
    name = writer.landed.name
    records = replace(delivered, relation=RECORDS)
    for batch in batches:
        test = batch.output.filter
        if test is None:
            takes = "true"
        elif batch.output.each is not None and delivered.find(test.column) is None:
            # Its elements are looked at one by one below.
            continue
        else:
            takes = row_condition(test, delivered, name=name)
        con.execute(
            f"insert into {TAKES} select {batch.position}, '', _row_no from {RECORDS} "
            f"where _set_aside is null and {takes}"
        )
    _note_left_out(con, writer.mapping, records, name=name, level="", relation=f"{RECORDS} where _set_aside is null")
    return [
        _write_records(con, writer, batch, delivered, load_seq=load_seq, first=batches[0])
        if batch.output.each is None
        else _write_elements(con, writer, batch, delivered, load_seq=load_seq)
        for batch in batches
    ]


def _write_records(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    batch: LoadedBatch,
    delivered: Delivered,
    *,
    load_seq: int,
    first: LoadedBatch,
) -> int | None:
    taken = f"select _row_no from {TAKES} where output_no = {batch.position} and level = ''"
    if batch.output.fold is None:
        offered = f"{taken} except ({_held(batch)})"
        _write(con, writer, batch, delivered, f"(select * from {RECORDS} where _row_no in ({offered}))", load_seq)
        return None
    # A row of another output that this one has folded in already is no reason to fold anew.
    news = f"""select s._row_no from {SAVED} as s where s.level = '' and s._row_no in ({taken})
        and (s.output_no = {batch.position} or list_contains(s.reason_codes, '{UNTAKEN}')
            or not exists (
                from {TAKES} as t where (t.output_no, t.level, t._row_no) = (s.output_no, '', s._row_no)))"""
    waived = (
        f"{_waived(batch)} union all select _row_no from {first.held} "
        f"where {rows_of(first)} and status = 'waived' and list_contains(reason_codes, '{UNTAKEN}')"
    )
    return _fold_anew(con, writer, batch, delivered, news=f"{news} except ({waived})", waived=waived, load_seq=load_seq)


def _write_elements(
    con: duckdb.DuckDBPyConnection, writer: RowWriter, batch: LoadedBatch, delivered: Delivered, *, load_seq: int
) -> int | None:
    saved = f"select _row_no from {SAVED} where level = '{batch.level}'"
    has_records = bool(count_of(con, f"select count(*) from {RECORDS} where _set_aside is null"))
    if not has_records and not count_of(con, f"select count(*) from ({saved})"):
        return None
    _find_parents(con, writer, batch, delivered)
    elements = _explode(con, writer, batch, delivered)
    if not count_of(con, f"select count(*) from {elements.relation}"):
        return None
    name, test = writer.landed.name, batch.output.filter
    takes = row_condition(test, elements, name=name) if test else "true"
    of_records = f"select _row_no from {PARENTS} where parent in (select _row_no from {RECORDS})"
    con.execute(
        f"insert into {TAKES} select {batch.position}, '{batch.level}', _row_no from {elements.relation} "
        f"where {takes} and _row_no in ({saved} union {of_records})"
    )
    taken = f"select _row_no from {TAKES} where output_no = {batch.position} and level = '{batch.level}'"
    if test is not None and delivered.find(test.column) is None:
        con.execute(
            f"insert into {TAKES} select distinct {batch.position}, '', parent from {PARENTS} "
            f"where parent in (select _row_no from {RECORDS}) and _row_no in ({taken})"
        )
    _note_left_out(
        con, writer.mapping, elements, name=name, level=batch.level,
        relation=f"{elements.relation} where _row_no in ({saved})",
    )  # fmt: skip
    if batch.output.fold is None:
        offered = f"{taken} except ({_held(batch)})"
        chosen = f"(select * from {elements.relation} where _row_no in ({offered}))"
        _write(con, writer, batch, elements, chosen, load_seq)
        return None
    news = f"({taken}) except ({_waived(batch)})"
    return _fold_anew(con, writer, batch, elements, news=news, waived=_waived(batch), load_seq=load_seq)


def _find_parents(con: duckdb.DuckDBPyConnection, writer: RowWriter, batch: LoadedBatch, delivered: Delivered) -> None:
    """A temporary table with the number of the record of every element."""
    place = len(delivered.headers)
    numbered = replace(
        delivered,
        relation=f"(select *, cast(_row_no as varchar) as c{place} from {delivered.relation})",
        headers=(*delivered.headers, _PARENT_HEADER),
    )
    elements = _explode(con, writer, batch, numbered)
    con.execute(
        f"create or replace temp table {PARENTS} as "
        f"select _row_no, cast(c{place} as bigint) as parent from {elements.relation}"
    )


def _note_left_out(
    con: duckdb.DuckDBPyConnection, mapping: Mapping, delivered: Delivered, *, name: str, level: str, relation: str
) -> None:
    """Note the saved rows that the mapping leaves out by a rule, which is more than that no output takes them."""
    rules = [row_condition(test, delivered, name=name) for test in mapping.left_out if delivered.find(test.column)]
    condition = "true" if mapping.rest_left_out is not None else " or ".join(rules)
    if condition:
        con.execute(f"insert into {LEFT_OUT} select '{level}', _row_no from (from {relation}) where {condition}")


def _write(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    batch: LoadedBatch,
    delivered: Delivered,
    chosen: str,
    load_seq: int,
) -> None:
    if count_of(con, f"select count(*) from {chosen}"):
        plan = plan_output(
            batch.output, batch.contract, delivered, name=writer.landed.name, sha256=writer.landed.sha256
        )
        write_output(
            con, writer, batch.output, plan, delivered, batch_id=batch.batch_id, load_seq=load_seq, relation=chosen
        )


def _fold_anew(
    con: duckdb.DuckDBPyConnection,
    writer: RowWriter,
    batch: LoadedBatch,
    delivered: Delivered,
    *,
    news: str,
    waived: str,
    load_seq: int,
) -> int | None:
    """A row that comes late into a case may change its first, last and greatest values: fold the whole file again.

    Rows of which somebody decided that they are not needed stay out of it. Cases that come out as they were loaded
    stay; of the others raw gets a further version.
    """
    if not count_of(con, f"select count(*) from ({news})"):
        return None
    plan = plan_output(batch.output, batch.contract, delivered, name=writer.landed.name, sha256=writer.landed.sha256)
    chosen = f"(select * from {delivered.relation} where _row_no not in ({waived}))"
    return write_output(
        con, writer, batch.output, plan, delivered, batch_id=batch.batch_id, load_seq=load_seq, relation=chosen
    ).folded


def _explode(con: duckdb.DuckDBPyConnection, writer: RowWriter, batch: LoadedBatch, delivered: Delivered) -> Delivered:
    return explode(con, delivered, str(batch.output.each), name=writer.landed.name, wanted=writer.wanted)


def rows_of(batch: LoadedBatch) -> str:
    """SQL that is true for the rows of a batch."""
    return f"_batch_id = {batch.batch_id}"


def _waived(batch: LoadedBatch) -> str:
    return f"select _row_no from {batch.held} where {rows_of(batch)} and status = 'waived' and {batch.is_judged}"


def _held(batch: LoadedBatch) -> str:
    """The rows of which a batch has decided already: loaded, or waived."""
    return f"select _row_no from {batch.raw} where {rows_of(batch)} union all {_waived(batch)}"


def count_of(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query answers with."""
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0
