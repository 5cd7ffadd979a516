"""Opening the one warehouse file: always UTC, never longer than needed, never with extensions from the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


@contextmanager
def connect(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse and close it again, whatever happens inside.

    DuckDB lets one process write and shuts out all others, so a connection that is left open blocks dbt.
    """
    con = duckdb.connect(
        str(path),
        read_only=read_only,
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside is written, or nothing; DuckDB knows no transaction within another."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


@contextmanager
def one_thread(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """For a statement that has but one pipeline in order: a second thread would only wait for it, and burn its core."""
    con.execute("set threads = 1")
    try:
        yield
    finally:
        con.execute("reset threads")
