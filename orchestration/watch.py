"""A progress bar for people who watch a long load; silent where nobody does."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

_SECONDS_BETWEEN_LOOKS = 0.2


@contextmanager
def watch_load(con: duckdb.DuckDBPyConnection, *, files: int) -> Iterator[Callable[[str], None]]:
    """Yield a function that is told the name of each file as it is begun.

    On a terminal a bar on standard error shows the file and how far its present statement is; elsewhere nothing is
    printed, so that logs stay readable.
    """
    if not sys.stderr.isatty():
        yield lambda name: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    # DuckDB keeps count only where its own bar is on; it must not print it.
    con.execute("set enable_progress_bar = true; set enable_progress_bar_print = false")
    columns = (
        TextColumn("{task.completed}/{task.total}"),
        BarColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=files, completed=-1)
        done = threading.Event()
        name = ""

        def begin(file: str) -> None:
            nonlocal name
            name = file
            progress.update(task, advance=1, description=file)

        def look() -> None:
            while not done.wait(_SECONDS_BETWEEN_LOOKS):
                percent = con.query_progress()
                if percent > 0:
                    progress.update(task, description=f"{name} {percent:.0f} %")

        looker = threading.Thread(target=look, daemon=True)
        looker.start()
        try:
            yield begin
        finally:
            done.set()
            looker.join()
