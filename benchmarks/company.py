"""The companies that builds are measured on: simulated once, their history lengthened by copies of earlier years."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.measure import Cost, run_command
from ingestion.simulator import SimulationPlan, SimulationResult, simulate

#: Scale of the simulator for 1 M leads and 3 M stage events, and of its shop for 5 M orders.
MILLION_LEADS = 34.0
FIVE_MILLION_ORDERS = 287.0
#: Members of full lists, which every copy of the history shares with the original.
_SHARED = (
    "product_id", "campaign_id", "shop_id", "corp_id", "region_id", "course_id", "list_id", "bundle_id", "node_id",
    "department_id",
)  # fmt: skip
_SHARED_ENDINGS = ("user_id", "employee_id", "dept_id")
_YEARS = 3
#: Copies that lie behind one another; more of them lie beside these, for dates must stay plausible.
_COPIES_IN_A_ROW = 10


def simulate_company(out: Path, *, scale: float, shop_scale: float, single_days: int) -> SimulationResult:
    """Clean Parquet deliveries in the shape of the contracts, without the truth."""
    return simulate(
        SimulationPlan(
            out=out, scale=scale, shop_scale=shop_scale, single_days=single_days, vendor_shapes=False,
            file_format="parquet", with_truth=False, dirtiness=0,
        )
    )  # fmt: skip


def lengthen_history(company: SimulationResult, out: Path, *, times: int) -> Path:
    """The landing folder of the same company with ``times`` as long a history and the very same single days.

    Each copy has keys of its own and lies three years before the one after it, ten of them in a row. Full lists stay
    as they are.
    """
    landing = out / "landing"
    shutil.copytree(company.landing, landing)
    for folder in sorted(landing.glob(f"*/*/dt={company.opening}/opening")):
        manifest_path = folder / "_manifest.json"
        manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
        if manifest.get("mode") == "snapshot" or times == 1:
            continue
        for file in manifest["files"]:
            path = folder / file["name"]
            _multiply(path, times=times)
            file.clear()
            file["name"] = path.name
        manifest_path.write_text(json.dumps(manifest), encoding="utf-8")
    return landing


def _multiply(path: Path, *, times: int) -> None:
    with duckdb.connect() as con:
        columns = con.execute(f"describe select * from '{path}'").fetchall()
        chosen = []
        for name, kind, *_ in columns:
            if _is_of_the_copy(name):
                chosen.append(f"case when copy = 0 then {name} else {name} || '-' || copy end as {name}")
            elif name != "dt" and kind in ("DATE", "TIMESTAMP"):
                shifted = f"{name} - to_years(cast({_YEARS} * (copy % {_COPIES_IN_A_ROW}) as integer))"
                chosen.append(f"cast({shifted} as {kind}) as {name}")
            else:
                chosen.append(name)
        part = path.with_suffix(".part")
        con.execute(
            f"""copy (select {", ".join(chosen)} from '{path}', range({times}) as copies(copy)
                order by copy % {_COPIES_IN_A_ROW} desc, copy desc)
                to '{part}' (format parquet)"""
        )
    part.replace(path)


def _is_of_the_copy(column: str) -> bool:
    """True for keys of records, which a copy must not share with the original; the day's own files are never copied."""
    # One credit code in all copies would make them one customer.
    is_key = column.endswith("_id") or column in ("serial_no", "credit_code")
    return is_key and column not in _SHARED and not column.endswith(_SHARED_ENDINGS)


def environment() -> dict[str, str]:
    """One thread for the models, no word to the network, and a key that is the same in every round."""
    return {
        **os.environ,
        "DEALHOUSE_PII_KEY": "a key for measuring",
        "OMP_NUM_THREADS": "1",
        "DO_NOT_TRACK": "1",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONWARNINGS": "ignore",
    }


def ingest(home: Path, landing: Path, load_date: date) -> Cost:
    """`dealhouse ingest` in a process of its own."""
    command = [sys.executable, "-m", "orchestration.cli", "ingest", "--home", str(home), "--landing", str(landing)]
    return run_command([*command, "--load-date", f"{load_date}"], environ=environment())


def build(home: Path, load_date: date, *more: str) -> Cost:
    """The daily dbt build, in a process of its own, as of the day before the load date."""
    command = [sys.executable, "-m", "benchmarks.dbt_build", "--home", str(home), "--load-date", f"{load_date}"]
    return run_command([*command, "--as-of", f"{load_date - timedelta(days=1)}", *more], environ=environment())


def history_home(work: Path, *, times: int, scale: float, shop_scale: float) -> tuple[Path, Path, date]:
    """A home with all history but the last day, loaded and built; the landing folder; the last day's load date.

    Made once a work folder and then only to be copied.
    """
    place = work / f"history-{times}-{scale}-{shop_scale}"
    note = place / "load_date"
    if not note.is_file():
        company = simulate_company(place / "company", scale=scale, shop_scale=shop_scale, single_days=1)
        landing = lengthen_history(company, place, times=times)
        shutil.rmtree(place / "company")
        ingest(place / "home", landing, company.opening)
        build(place / "home", company.opening)
        note.write_text(company.load_dates[-1].isoformat())
    return place / "home", place / "landing", date.fromisoformat(note.read_text())


def copy_home(home: Path, target: Path) -> Path:
    """A fresh copy of a home's warehouse and parsed project, over whatever the round before left there."""
    shutil.rmtree(target, ignore_errors=True)
    for name in ("warehouse", "dbt"):
        shutil.copytree(home / name, target / name)
    return target


def count_rows(home: Path, *tables: str) -> dict[str, int]:
    """Rows of some tables of a home's warehouse."""
    with duckdb.connect(str(home / "warehouse" / "warehouse.duckdb"), read_only=True) as con:
        return {table: con.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables}
