"""Whether a refused file has been overtaken: loaded now, it would win over its own correction."""

from __future__ import annotations

import duckdb

from ingestion.contract import Contract
from ingestion.files.delivered import explode, is_about_the_file, open_delivered
from ingestion.landing import LandedFile
from ingestion.mapped_headers import wanted_headers
from ingestion.mapping import Mapping, Output
from ingestion.output_sql import judged_rows_sql, plan_output
from ingestion.replaced_files import is_keyed_by_row
from warehouse.errors import DeliveryError
from warehouse.sql_text import quote_identifier, quote_literal


def check_superseded(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], landed: LandedFile, mapping: Mapping
) -> None:
    """Refuse to load a refused file over what came in its place: it would arrive last, and so win.

    Another part of the same list is no reason: only rows with the same keys are, or a corrected file where rows have
    no key of their own. Where the contract names a version column, the newest version wins whatever arrives last.

    Raises:
        DeliveryError: a delivery of the same or a later load date holds rows that this one would replace.
    """
    later = f"""mapping = {quote_literal(landed.mapping)} and source_system = {quote_literal(landed.facts.system)}
        and load_date >= date '{landed.load_date}'"""
    in_doubt = [
        output
        for output in mapping.outputs
        if (is_keyed_by_row(output) or contracts[output.entity].version_column is None)
        and con.execute(f"from ops.file_ledger where {later} and output = {quote_literal(output.name)}").fetchone()
    ]
    for output in in_doubt:
        of_output = f"{later} and output = {quote_literal(output.name)}"
        if is_keyed_by_row(output):
            corrected = con.execute(
                f"from ops.file_ledger where {of_output} and stream = {quote_literal(landed.stream)} "
                f"and load_date = date '{landed.load_date}'"
            ).fetchone()
            is_superseded = corrected is not None
        else:
            batches = f"select batch_id from ops.file_ledger where {of_output}"
            is_superseded = _shares_keys(con, contracts[output.entity], landed, mapping, output, batches=batches)
        if is_superseded:
            raise DeliveryError(
                "superseded",
                f"{landed.name} was refused, and a newer delivery of {mapping.mapping} of the same load date "
                f"({landed.load_date}) or a later one has loaded rows of {output.entity} with the same keys: loaded "
                "now, the refused file would win over them. Where the refused file is the right one, deliver it again "
                "under a new load date; otherwise leave it.",
            )


def _shares_keys(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    landed: LandedFile,
    mapping: Mapping,
    output: Output,
    *,
    batches: str,
) -> bool:
    """True where an output of the landed file has keys of rows that those batches loaded."""
    keys = ", ".join(quote_identifier(name) for name in contract.key)
    wanted = wanted_headers(mapping)
    try:
        with open_delivered(
            con, landed.path, name=landed.name, file=mapping.file, wanted=wanted, rescue=True,
            scratch_in=landed.path.parent,
        ) as delivered:  # fmt: skip
            if output.each is not None:
                delivered = explode(con, delivered, output.each, name=landed.name, wanted=wanted)
            plan = plan_output(output, contract, delivered, name=landed.name, sha256=landed.sha256)
            found = con.execute(
                f"from ({judged_rows_sql(plan, delivered.relation)}) where not _bad and ({keys}) in "
                f"(select ({keys}) from raw.{contract.table} where _batch_id in ({batches})) limit 1"
            ).fetchone()
    except duckdb.Error as error:
        if is_about_the_file(error, mapping.file):
            # Loading it says so in words.
            return False
        raise
    return found is not None
