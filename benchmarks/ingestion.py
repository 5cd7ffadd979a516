"""Loading one large file, beside DuckDB reading it with declared types, pandas and polars, in the same run."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, Measured, measure_rounds, run_command
from benchmarks.order_file import TYPES, write_order_file

#: Budgets of the architecture, as multiples of the floor's CPU seconds, and the memory of the plain load.
BUDGETS = {"clean": 2.0, "tokenised": 4.0, "gb18030": 4.0, "dirty": 4.0}
MEMORY_BUDGET_MB = 1500

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


def measure_ingestion(*, rows: int, rounds: int) -> dict[str, Any]:
    """Costs of every variant by name, and the ratios that have a budget."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {kind: folder / f"{kind}.csv" for kind in ("clean", "tokenised", "dirty", "gb18030")}
        write_order_file(files["clean"], rows=rows)
        write_order_file(files["tokenised"], rows=rows, personal=True)
        write_order_file(files["dirty"], rows=rows, dirty=True)
        _recode(files["clean"], files["gb18030"])
        variants = {
            "DuckDB read_csv, declared types (floor)": _script(folder, _FLOOR, files["clean"], json.dumps(str(TYPES))),
            **{f"dealhouse ingest, {kind}": _ingest(folder, kind, path) for kind, path in files.items()},
            "pandas read_csv (pyarrow), into DuckDB": _script(folder, _PANDAS, files["clean"]),
            "polars read_csv, into DuckDB": _script(folder, _POLARS, files["clean"]),
        }
        measured = measure_rounds(variants, rounds=rounds)
        megabytes = {kind: path.stat().st_size / 1e6 for kind, path in files.items()}
    return {
        "rows": rows,
        "file_mb": megabytes,
        "measured": [asdict(m) for m in measured.values()],
        "budgets": _judge(measured),
    }


def _judge(measured: dict[str, Measured]) -> list[dict[str, Any]]:
    floor = next(iter(measured.values()))
    judged = [
        {
            "what": f"ingest {kind} / DuckDB read_csv with declared types",
            "value": round(measured[f"dealhouse ingest, {kind}"].cpu_s / floor.cpu_s, 2),
            "budget": budget,
            "unit": "x CPU",
        }
        for kind, budget in BUDGETS.items()
    ]
    peak = measured["dealhouse ingest, clean"].peak_mb
    return [
        *judged,
        {"what": "ingest clean, peak memory", "value": round(peak), "budget": MEMORY_BUDGET_MB, "unit": "MB"},
    ]


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
    environ = {**os.environ, "DEALHOUSE_PII_KEY": "a key for measuring"}
    command = [sys.executable, "-m", "orchestration.cli", "ingest", "--home", str(home)]
    command += ["--landing", str(delivery.parents[3]), "--load-date", "2024-05-06"]

    def once() -> Cost:
        shutil.rmtree(home, ignore_errors=True)
        return run_command(command, environ=environ)

    return once


def _recode(source: Path, target: Path) -> None:
    with (
        source.open("r", encoding="utf-8", newline="") as text,
        target.open("w", encoding="gb18030", newline="") as file,
    ):
        shutil.copyfileobj(text, file, 1 << 20)


if __name__ == "__main__":
    print(json.dumps(measure_ingestion(rows=int(sys.argv[1]), rounds=int(sys.argv[2])), indent=2))
