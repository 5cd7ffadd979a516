"""The whole daily run on the example company: what it leaves behind, twice the same, and what bad input does to it."""

from __future__ import annotations

import os
import shutil
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest
from loaded_home import LoadedHome, load_home

from ingestion.example import EXAMPLE_AS_OF, EXAMPLE_LOAD_DATE, write_example


@pytest.fixture
def own_copy(example_home: LoadedHome, tmp_path: Path) -> LoadedHome:
    """The loaded example in a folder that the test may change."""
    home = tmp_path / "home"
    shutil.copytree(example_home.home, home, symlinks=True)
    return LoadedHome(home, example_home.extracts, 0, example_home.report, "")


def test_example_loads_and_publishes(example_home: LoadedHome) -> None:
    assert example_home.exit_code == 0, example_home.errors
    report = example_home.report
    assert {delivery["status"] for delivery in report["deliveries"]} == {"loaded"}
    assert sum(delivery["rows_quarantined"] for delivery in report["deliveries"]) == 5
    assert not report["failures"]
    assert not report["failed_checks"]
    assert (example_home.home / "reports" / "data_quality.html").is_file()


def test_every_delivered_row_is_in_raw_or_in_quarantine(example_home: LoadedHome) -> None:
    assert example_home.warehouse(
        "select count(*) from ops.delivery where rows_in <> rows_loaded + rows_quarantined"
    ) == [(0,)]
    for entity, loaded, held in example_home.warehouse(
        "select replace(entity, '.', '__'), sum(rows_loaded), sum(rows_quarantined) from ops.delivery group by 1"
    ):
        assert example_home.warehouse(f"select count(*) from raw.{entity}") == [(loaded,)]
        assert example_home.warehouse(f"select count(*) from quarantine.{entity}") == [(held,)]


def test_credits_add_up_to_the_won_value(example_home: LoadedHome) -> None:
    assert example_home.query("select sum(credited_fen) from incentives.credit_line") == example_home.query(
        "select sum(won_fen) from regions.regional_performance"
    )


def test_no_clear_phone_number_reaches_warehouse_snapshot_or_logs(example_home: LoadedHome) -> None:
    text = (example_home.extracts / "crm" / "accounts.csv").read_bytes().decode("gb18030")
    header = text.splitlines()[0].split(",")
    (column,) = [i for i, name in enumerate(header) if "电话" in name]
    phones = {line.split(",")[column] for line in text.splitlines()[1:]} - {""}
    assert phones, "the example must plant phone numbers"
    needles = [phone.strip().encode() for phone in sorted(phones)[:5]]
    for path in example_home.home.rglob("*"):
        if path.is_file() and "landing" not in path.relative_to(example_home.home).parts:
            content = path.read_bytes()
            assert not any(needle in content for needle in needles), path


def test_second_run_is_fast_and_changes_nothing(example_home: LoadedHome) -> None:
    before = {path: path.stat().st_mtime_ns for path in example_home.home.rglob("*") if path.is_file()}
    started = time.monotonic()
    again = load_home(example_home.home, example_home.extracts, load_date=EXAMPLE_LOAD_DATE, as_of=EXAMPLE_AS_OF)
    seconds = time.monotonic() - started
    assert again.exit_code == 0
    assert again.report["repeated"] is True
    after = {path: path.stat().st_mtime_ns for path in example_home.home.rglob("*") if path.is_file()}
    assert {p for p in after if p.name != ".run.lock" and after[p] != before.get(p)} == set()
    # Nothing is built, so nothing heavy may even be imported: far below the seconds that Dagster alone needs.
    assert seconds < 30


def test_forced_repeat_gives_the_same_snapshot(own_copy: LoadedHome) -> None:
    again = load_home(own_copy.home, own_copy.extracts, load_date=EXAMPLE_LOAD_DATE, as_of=EXAMPLE_AS_OF, force=True)
    assert again.exit_code == 0, again.errors
    assert again.report["snapshot_id"] == own_copy.report["snapshot_id"]
    assert again.warehouse("select count(*) from ops.delivery") == own_copy.warehouse(
        "select count(*) from ops.delivery"
    )


def test_bad_input_is_named_and_the_rest_is_published(tmp_path: Path) -> None:
    extracts = tmp_path / "extracts"
    write_example(extracts)
    (extracts / "crm" / "products.csv").write_bytes(b"")
    (extracts / "crm" / "users.csv").write_text("name,region\nLi,East\n", encoding="utf-8")
    (extracts / "meetings" / "meetings.csv").write_bytes(os.urandom(4096))
    (extracts / "surprise.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    shutil.rmtree(extracts / "oa")
    loaded = load_home(tmp_path / "home", extracts, load_date=EXAMPLE_LOAD_DATE, as_of=EXAMPLE_AS_OF)
    assert loaded.exit_code == 3, loaded.errors
    by_file = {delivery["file"]: delivery for delivery in loaded.report["deliveries"]}
    expected = {
        "crm/products.csv": ("rejected", "0 bytes"),
        "crm/users.csv": ("rejected", "key user_id"),
        "meetings/meetings.csv": ("rejected", "UTF-8"),
        "surprise.csv": ("unknown", "extract set"),
        "oa/approvals.csv": ("missing", "was not delivered"),
        "oa/approval_events.csv": ("missing", "was not delivered"),
    }
    for file, (status, words) in expected.items():
        assert by_file[file]["status"] == status
        assert file in by_file[file]["reason"]
        assert words in by_file[file]["reason"]
    others = [delivery["status"] for file, delivery in by_file.items() if file not in expected]
    assert others == ["loaded"] * 6
    assert loaded.query("select count(*) from core.fct_order")[0][0] > 11_000
    assert loaded.query("select count(*) from core.fct_meeting") == [(0,)]
    # Owners that are not known any more are shown as unknown; their deals are not lost.
    assert loaded.query("select count(*) from core.fct_opportunity")[0][0] > 2_900


def test_reader_with_the_old_snapshot_open_neither_blocks_nor_breaks(own_copy: LoadedHome) -> None:
    with duckdb.connect(str(own_copy.marts), read_only=True) as reader:
        before = reader.execute("select sum(won_fen) from regions.regional_performance").fetchone()
        changed = own_copy.home.parent / "extracts"
        shutil.copytree(own_copy.extracts, changed)
        path = changed / "crm" / "opportunities.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:1500]), encoding="utf-8")
        again = load_home(own_copy.home, changed, load_date=date(2025, 1, 2), as_of=date(2025, 1, 1))
        assert again.exit_code == 0, again.errors
        assert again.report["snapshot_id"] != own_copy.report["snapshot_id"]
        assert reader.execute("select sum(won_fen) from regions.regional_performance").fetchone() == before


def test_broken_invariant_holds_the_publication_back(own_copy: LoadedHome) -> None:
    with duckdb.connect(str(own_copy.home / "warehouse" / "warehouse.duckdb")) as con:
        con.execute("update raw.crm__account set account_id = null where _row_no = 1")
    again = load_home(own_copy.home, own_copy.extracts, load_date=EXAMPLE_LOAD_DATE, as_of=EXAMPLE_AS_OF, force=True)
    assert again.exit_code == 4
    assert again.report["failed_checks"]
    assert again.report["snapshot"] is None
    assert own_copy.query("select count(*) from core.dim_customer")[0][0] > 0, "readers keep the last good snapshot"


@pytest.mark.slow
def test_same_files_dates_and_key_give_the_same_rows_in_another_home(example_home: LoadedHome, tmp_path: Path) -> None:
    other = load_home(tmp_path / "other", example_home.extracts, load_date=EXAMPLE_LOAD_DATE, as_of=EXAMPLE_AS_OF)
    tables = example_home.query(
        "select schema_name, table_name from duckdb_tables() where database_name = 'marts' order by all"
    )
    assert len(tables) > 20
    for schema, table in tables:
        fingerprint = f'select count(*), bit_xor(hash(t)), sum(hash(t)::hugeint) from "{schema}"."{table}" as t'
        assert example_home.query(fingerprint) == other.query(fingerprint), f"{schema}.{table}"
