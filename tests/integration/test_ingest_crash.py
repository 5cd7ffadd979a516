"""Taking in that is killed at any moment leaves all of a file or none of it, and the next one finishes the work."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingestion.ledger import find_lost_rows

DAY = date(2024, 5, 6)
FILES, ROWS = 8, 30_000
#: Everything that a row says, but not when and in which batch it came.
CONTENT = """
select 'lead', lead_id, company_name, _op, _source_file from raw.crm__lead
union all select 'product', product_id, product_name, _op, _source_file from raw.ref__product
union all select 'quarantine', cast(_row_no as varchar), cast(reason_codes as varchar), status, _source_file
from quarantine.crm__lead order by all"""


def _land(folder: Path, entity: str, delivery: str, text: str) -> None:
    place = folder / entity.split(".")[0] / entity / f"dt={DAY}" / delivery
    place.mkdir(parents=True)
    data = text.encode()
    (place / "part-0001.csv").write_bytes(data)
    described = {"name": "part-0001.csv", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "rows": None}
    (place / "_manifest.json").write_text(json.dumps({"entity": entity, "files": [described]}))


@pytest.fixture(scope="module")
def arrivals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arrivals")
    for file in range(FILES):
        rows = "".join(
            f"l{file}-{row},Company {row},{'never' if row == 5 else '2024-05-01 09:00:00'}\n" for row in range(ROWS)
        )
        _land(folder, "crm.lead", f"d{file}", f"lead_id,company_name,created_at\n{rows}")
    _land(folder, "ref.product", "d1", "product_id,product_name\np1,A\np2,B\n")
    return folder


def _command(home: Path, arrivals: Path) -> list[str]:
    arguments = ["ingest", "--home", str(home), "--landing", str(arrivals), "--load-date", str(DAY), "--json"]
    return [sys.executable, "-m", "orchestration.cli", *arguments]


def _environ() -> dict[str, str]:
    return {**os.environ, "DEALHOUSE_PII_KEY": "key of the tests"}


def _content(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse" / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(CONTENT).fetchall()


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_whole_files_and_is_finished_by_the_next(arrivals: Path, tmp_path: Path) -> None:
    clean, home = tmp_path / "clean", tmp_path / "home"
    started = time.monotonic()
    subprocess.run(_command(clean, arrivals), check=True, env=_environ(), capture_output=True)
    whole = time.monotonic() - started
    kills = 0
    # Each attempt gets a little further than the one before, so that the kills fall on ever new moments.
    for attempt in range(12):
        process = subprocess.Popen(
            _command(home, arrivals), env=_environ(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(whole * (0.3 + 0.06 * attempt))
        process.send_signal(signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:
            break
        kills += 1
        path = home / "warehouse" / "warehouse.duckdb"
        if not path.is_file():
            continue
        with duckdb.connect(str(path)) as con:
            tables = {row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()}
            if "delivery" not in tables or "crm__lead" not in tables:
                continue
            assert find_lost_rows(con, DAY) == []
            loaded = con.execute(
                "select count(distinct delivery_id) from ops.delivery where status = 'loaded' and entity = 'crm.lead'"
            ).fetchone()
            rows = con.execute("select count(*) from raw.crm__lead").fetchone()
            assert loaded is not None
            assert rows == (loaded[0] * (ROWS - 1),)
    assert kills >= 3
    subprocess.run(_command(home, arrivals), check=True, env=_environ(), capture_output=True)
    assert _content(home) == _content(clean)
    assert not list((home / "landing").rglob("*.part"))
    assert not list((home / "landing").rglob(".reading-*"))
