"""Loading one large file, beside DuckDB reading it with declared types, pandas and polars, in the same run."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.company import environment
from benchmarks.measure import Cost, Judged, Measured, Result, divide_cpu, measure_rounds, run_command
from benchmarks.order_file import TYPES, write_order_file

#: Budgets of the architecture, as multiples of the floor's CPU seconds, and the memory of the plain load.
BUDGETS = {"clean": 2.0, "tokenised": 4.0, "gb18030": 4.0, "dirty": 4.0}
MEMORY_BUDGET_MB = 1500
FLOOR = "DuckDB read_csv, declared types (floor)"

_FLOOR = """
import duckdb, sys, json
con = duckdb.connect(sys.argv[2]); con.execute("set TimeZone = 'Asia/Shanghai'")
con.execute(f"create table t as select * from read_csv('{sys.argv[1]}', header = true, auto_detect = false, "
            f"delim = ',', quote = '\\"', escape = '\\"', columns = {json.loads(sys.argv[3])})")
"""
_PANDAS = """
import duckdb, sys, pandas as pd
frame = pd.read_csv(sys.argv[1], engine='pyarrow', dtype_backend='pyarrow', dtype={'order_id': 'string'})
con = duckdb.connect(sys.argv[2]); con.execute("create table t as select * from frame")
"""
_POLARS = """
import duckdb, sys, polars as pl
frame = pl.read_csv(sys.argv[1], try_parse_dates=True, schema_overrides={'order_id': pl.String}).to_arrow()
con = duckdb.connect(sys.argv[2]); con.execute("create table t as select * from frame")
"""


def measure_ingestion(work: Path, *, rows: int, rounds: int) -> Result:
    """Every variant of the file through `dealhouse ingest`, beside the floor and the peers."""
    folder = work / "ingestion"
    folder.mkdir()
    files = {kind: folder / f"{kind}.csv" for kind in ("clean", "tokenised", "dirty", "gb18030")}
    write_order_file(files["clean"], rows=rows)
    write_order_file(files["tokenised"], rows=rows, personal=True)
    write_order_file(files["dirty"], rows=rows, dirty=True)
    _recode(files["clean"], files["gb18030"])
    variants = {
        FLOOR: _script(folder, _FLOOR, files["clean"], json.dumps(str(TYPES))),
        **{f"dealhouse ingest, {kind}": _ingest(folder, kind, path) for kind, path in files.items()},
        "pandas read_csv (pyarrow), into DuckDB": _script(folder, _PANDAS, files["clean"]),
        "polars read_csv, into DuckDB": _script(folder, _POLARS, files["clean"]),
    }
    measured = measure_rounds(variants, rounds=rounds)
    megabytes = files["clean"].stat().st_size / 1e6
    shutil.rmtree(folder)
    return Result(
        title="Loading one large CSV",
        size=f"{rows:,} rows, {megabytes:,.0f} MB clean; {rounds} rounds",
        measured=tuple(measured.values()),
        judged=_judge(measured, is_large=rows >= 5_000_000),
        notes=() if rows >= 5_000_000 else ("The budget names 5 M rows; give --ingest-rows 5000000.",),
    )


def _judge(measured: dict[str, Measured], *, is_large: bool) -> tuple[Judged, ...]:
    clean, floor = measured["dealhouse ingest, clean"], measured[FLOOR]
    peers = [name for name in measured if name.startswith(("pandas", "polars"))]
    return (
        *(
            divide_cpu(f"ingest {kind} / DuckDB read_csv", measured[f"dealhouse ingest, {kind}"], floor, budget)
            for kind, budget in BUDGETS.items()
        ),
        # The memory of a smaller file says nothing about that of a large one.
        Judged("ingest clean, peak memory", round(clean.peak_mb), "MB", MEMORY_BUDGET_MB if is_large else None),
        *(divide_cpu(f"ingest clean / {name}", clean, measured[name]) for name in peers),
    )


def _script(folder: Path, text: str, file: Path, *more: str) -> Callable[[], Cost]:
    def once() -> Cost:
        target = folder / "floor.duckdb"
        target.unlink(missing_ok=True)
        return run_command([sys.executable, "-c", text, str(file), str(target), *more])

    return once


def _ingest(folder: Path, kind: str, file: Path) -> Callable[[], Cost]:
    """One delivery in the shape of its contract; landed by link, as a vendor's file in place would be."""
    delivery = folder / f"landing-{kind}" / "ec" / "ec.order" / "dt=2024-05-06" / "d1"
    delivery.mkdir(parents=True)
    os.link(file, delivery / "part-0001.csv")
    (delivery / "_manifest.json").write_text('{"entity": "ec.order", "files": [{"name": "part-0001.csv"}]}')
    home = folder / "home"
    command = [sys.executable, "-m", "orchestration.cli", "ingest", "--home", str(home)]
    command += ["--landing", str(delivery.parents[3]), "--load-date", "2024-05-06"]

    def once() -> Cost:
        shutil.rmtree(home, ignore_errors=True)
        return run_command(command, environ=environment())

    return once


def _recode(source: Path, target: Path) -> None:
    with (
        source.open("r", encoding="utf-8", newline="") as text,
        target.open("w", encoding="gb18030", newline="") as file,
    ):
        shutil.copyfileobj(text, file, 1 << 20)
