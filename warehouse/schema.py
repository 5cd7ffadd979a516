"""The tables that rooms hand to each other: created once, before anything is loaded, so that dbt always finds them."""

from __future__ import annotations

from datetime import date

import duckdb

from warehouse.connection import transaction

SCHEMAS = ("raw", "quarantine", "ops", "dq", "predictions")

TABLES: dict[str, str] = {
    # One row: the date that every model takes for "today". Models never read the clock.
    "ops.run_context": "as_of date not null, load_date date not null",
    "ops.source": """
        source varchar not null, source_system varchar not null, business_zone varchar not null,
        currency varchar not null, data_through date not null, primary key (source, source_system)""",
    # One row per file and entity; also for what was refused, not known, left out on purpose or missing.
    # rows_read = rows_filtered + rows_folded + rows_in; rows_in = rows_loaded + rows_quarantined.
    "ops.delivery": """
        delivery_id varchar not null, source varchar, entity varchar, file varchar not null, sha256 varchar,
        status varchar not null, reason varchar, rows_in bigint, rows_loaded bigint, rows_quarantined bigint,
        load_date date not null, batch_id bigint, output varchar, rows_read bigint, rows_filtered bigint,
        rows_folded bigint, rows_rounded bigint, landing_path varchar, source_system varchar, mapping varchar,
        is_late boolean,
        check (rows_in is null or rows_in = rows_loaded + rows_quarantined),
        check (rows_read is null or rows_read = rows_in + rows_filtered + rows_folded),
        check (least(rows_filtered, rows_folded, rows_loaded, rows_quarantined) >= 0)""",
    # What has been loaded, by content: the same bytes do not load twice unless others came in between.
    # A stream is what a later file replaces: orders.csv of today the orders.csv of yesterday.
    "ops.file_ledger": """
        mapping varchar not null, output varchar not null, entity varchar not null, stream varchar not null,
        sha256 varchar not null, batch_id bigint not null, load_date date not null, mapping_version integer not null,
        source_system varchar not null,
        primary key (mapping, output, sha256, batch_id)""",
    # The business days that a delivery has rows of, and whether it came after later ones (then marts of the past move).
    "ops.touched_date": """
        batch_id bigint not null, entity varchar not null, event_date date not null, "rows" bigint not null,
        is_late boolean not null""",
    # What each full list said: keys known, keys in it, keys marked as deleted, or why none were.
    "ops.snapshot": """
        load_date date not null, source_system varchar not null, mapping varchar not null, output varchar not null,
        entity varchar not null, keys_known bigint not null, keys_now bigint not null, keys_deleted bigint not null,
        batch_id bigint, decision varchar not null""",
    # Who decided what about rows in quarantine.
    "ops.quarantine_decision": """
        decided_at timestamptz not null, action varchar not null, entity varchar not null, batch_id bigint not null,
        "rows" bigint not null, decided_by varchar, reason varchar""",
    # Fill of every delivered column as it came: the naive completeness that needs no standard.
    "ops.column_profile": """
        batch_id bigint, delivery_id varchar not null, source varchar not null, file varchar not null,
        column_name varchar not null, "rows" bigint not null, filled bigint not null""",
    # Proves at the start of a run that the key for personal data is still the one used before.
    "ops.pii_key_check": "check_value varchar not null, created_at timestamptz not null",
    "dq.completeness_daily": """
        as_of date not null, entity varchar not null, field varchar not null, stage_code varchar not null,
        required_cells bigint not null, filled_cells bigint not null, weight integer not null,
        target_bp integer not null, owner varchar, standard_version integer not null""",
    "dq.completeness_by_owner": """
        as_of date not null, entity varchar not null, field varchar not null, owner_id varchar not null,
        required_cells bigint not null, filled_cells bigint not null, weight integer not null,
        target_bp integer not null, standard_version integer not null""",
    "dq.file_fill": """
        as_of date not null, source varchar not null, file varchar not null, cells bigint not null,
        filled_cells bigint not null""",
    "dq.check_result": """
        as_of date not null, check_name varchar not null, entity varchar, field varchar, scope varchar,
        observed_bp integer, target_bp integer, passed boolean not null, engine varchar not null""",
    "predictions.churn": """
        customer_id varchar not null, snapshot_date date not null, horizon_days integer not null,
        churn_probability double, risk_rank integer, served_by varchar not null, model_version varchar not null,
        as_of date not null""",
    "predictions.sales_forecast": """
        region_id varchar not null, source varchar not null, currency varchar not null,
        period_start date not null, horizon integer not null, forecast_fen bigint, lower_fen bigint,
        upper_fen bigint, served_by varchar not null, model_version varchar not null, as_of date not null""",
    "predictions.model_evaluation": """
        task varchar not null, candidate varchar not null, is_rival boolean not null, metric varchar not null,
        value double, lower double, upper double, n_folds integer, n_rows bigint, is_served boolean not null,
        reason varchar, as_of date not null""",
}


def create_shared_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas and tables that are missing; what exists stays as it is."""
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    con.execute("create sequence if not exists ops.batch_id start 1")
    for name, columns in TABLES.items():
        con.execute(f"create table if not exists {name} ({columns})")


def set_run_context(con: duckdb.DuckDBPyConnection, *, as_of: date, load_date: date) -> None:
    """Replace the single row of ``ops.run_context``."""
    with transaction(con):
        con.execute("delete from ops.run_context")
        con.execute("insert into ops.run_context values (?, ?)", [as_of, load_date])
