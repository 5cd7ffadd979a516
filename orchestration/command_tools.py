"""What commands on the warehouse share: opening it under the lock of a run, and printing JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from warehouse.errors import ConfigError
from warehouse.settings import Settings

if TYPE_CHECKING:
    import duckdb


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def open_to_write(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse with all its tables and the key in place, under the lock of a run."""
    from ingestion.contract import load_contracts
    from ingestion.personal_data import read_key, use_key
    from ingestion.raw_tables import create_raw_tables
    from warehouse.connection import connect
    from warehouse.lock import hold_run_lock
    from warehouse.schema import create_shared_tables

    with hold_run_lock(settings.home):
        settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        with connect(settings.warehouse_path) as con:
            create_shared_tables(con)
            use_key(con, read_key(settings.home, os.environ), now=datetime.now(UTC))
            create_raw_tables(con, load_contracts())
            yield con


@contextmanager
def open_to_read(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    from warehouse.connection import connect
    from warehouse.lock import hold_run_lock

    if not settings.warehouse_path.is_file():
        raise ConfigError(f"There is no warehouse in {settings.home} yet. Load something first.")
    with hold_run_lock(settings.home), connect(settings.warehouse_path, read_only=True) as con:
        yield con
