"""The whole daily run on a small company: what it leaves behind, twice the same, and what bad input does to it."""

from __future__ import annotations

import json
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from loaded_home import LoadedHome, load_company, load_home

from ingestion.simulator import SimulationResult


@pytest.fixture
def own_copy(small_home: LoadedHome, tmp_path: Path) -> LoadedHome:
    """The loaded company in a folder that the test may change."""
    home = tmp_path / "home"
    shutil.copytree(small_home.home, home, symlinks=True)
    return LoadedHome(home, small_home.delivered, 0, small_home.report, "")


def test_company_loads_and_publishes(small_home: LoadedHome, small_company: SimulationResult) -> None:
    assert small_home.exit_code == 0, small_home.errors
    report = small_home.report
    assert {delivery["status"] for delivery in report["deliveries"]} <= {"loaded", "duplicate"}
    planted = sum(delivery.quarantined for delivery in small_company.deliveries)
    assert sum(delivery["rows_quarantined"] for delivery in report["deliveries"]) == planted > 0
    assert not report["failures"]
    assert not report["failed_checks"]
    assert (small_home.home / "reports" / "data_quality.html").is_file()


def test_every_delivered_row_is_in_raw_or_in_quarantine(small_home: LoadedHome) -> None:
    assert small_home.warehouse(
        "select count(*) from ops.delivery where rows_in <> rows_loaded + rows_quarantined"
    ) == [(0,)]
    for entity, loaded, held in small_home.warehouse(
        "select replace(entity, '.', '__'), sum(rows_loaded), sum(rows_quarantined) from ops.delivery "
        "where status = 'loaded' group by 1"
    ):
        assert small_home.warehouse(f"select count(*) from raw.{entity} where _op = 'U'") == [(loaded,)]
        assert small_home.warehouse(f"select count(*) from quarantine.{entity}") == [(held,)]


def test_credits_add_up_to_the_won_value(small_home: LoadedHome) -> None:
    assert small_home.query("select sum(credited_fen) from incentives.credit_line") == small_home.query(
        "select sum(won_fen) from regions.regional_performance"
    )


def test_every_published_column_says_what_it_means_in_english_and_chinese(small_home: LoadedHome) -> None:
    silent = small_home.query(
        "select schema_name, table_name, column_name from duckdb_columns() where database_name = 'marts'"
        " and schema_name not in ('predictions', 'dq') and coalesce(comment, '') not similar to '.+ [|] .*[一-龥].*'"
    )
    assert silent == []
    assert small_home.query("select count(*) > 500 from duckdb_columns() where comment is not null") == [(True,)]


def test_no_clear_phone_number_reaches_warehouse_snapshot_or_logs(small_home: LoadedHome) -> None:
    with duckdb.connect() as con:
        files = small_home.delivered / "crm" / "crm.account" / "*" / "*" / "*.csv"
        phones = {
            row[0] for row in con.execute(f"select phone from read_csv('{files}', all_varchar = true)").fetchall()
        }
    phones -= {None}
    assert len(phones) > 50, "the company must have telephone numbers"
    needles = [phone.strip().encode() for phone in sorted(phones)[:5]]
    for path in small_home.home.rglob("*"):
        if path.is_file() and "landing" not in path.relative_to(small_home.home).parts:
            content = path.read_bytes()
            assert not any(needle in content for needle in needles), path


def test_second_run_is_fast_and_changes_nothing(small_home: LoadedHome, small_company: SimulationResult) -> None:
    before = {path: path.stat().st_mtime_ns for path in small_home.home.rglob("*") if path.is_file()}
    started = time.monotonic()
    again = load_company(small_home.home, small_company)
    seconds = time.monotonic() - started
    assert again.exit_code == 0
    assert again.report["repeated"] is True
    after = {path: path.stat().st_mtime_ns for path in small_home.home.rglob("*") if path.is_file()}
    assert {p for p in after if p.name != ".run.lock" and after[p] != before.get(p)} == set()
    # Nothing is built, so nothing heavy may even be imported: far below the seconds that Dagster alone needs.
    assert seconds < 30


def test_forced_repeat_gives_the_same_snapshot(own_copy: LoadedHome, small_company: SimulationResult) -> None:
    again = load_company(own_copy.home, small_company, force=True)
    assert again.exit_code == 0, again.errors
    assert again.report["snapshot_id"] == own_copy.report["snapshot_id"]
    assert again.warehouse("select count(*) from ops.delivery") == own_copy.warehouse(
        "select count(*) from ops.delivery"
    )


def _tamper(folder: Path, content: bytes) -> None:
    """Replace a delivered file; its manifest says nothing of size or hash, so that the loader has to notice."""
    (folder / "part-0001.csv").write_bytes(content)
    manifest = json.loads((folder / "_manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = [{"name": "part-0001.csv"}]
    (folder / "_manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_bad_input_is_named_and_the_rest_is_published(small_company: SimulationResult, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    opening = small_company.load_dates[0]
    for path in small_company.landing.glob(f"*/*/dt={opening}"):
        shutil.copytree(path, landing / path.relative_to(small_company.landing))
    day = f"dt={opening}/opening"
    _tamper(landing / "crm" / "ref.product" / day, b"")
    _tamper(landing / "crm" / "crm.user" / day, b"name,region\nLi,East\n")
    _tamper(landing / "meetings" / "mtg.meeting" / day, os.urandom(4096))
    (landing / "oa" / "oa.approval_instance" / day / "part-0001.csv").unlink()
    (landing / "oa" / "oa.approval_event" / day / "_manifest.json").unlink()
    (landing / "ecommerce" / "ec.order" / day / "surprise.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    loaded = load_home(tmp_path / "home", landing=landing, load_date=opening, as_of=opening - timedelta(days=1))
    assert loaded.exit_code == 3, loaded.errors
    by_file = {delivery["file"]: delivery for delivery in loaded.report["deliveries"]}
    expected = {
        f"crm/ref.product/{day}/part-0001.csv": ("rejected", "0 bytes"),
        f"crm/crm.user/{day}/part-0001.csv": ("rejected", "key user_id"),
        f"meetings/mtg.meeting/{day}/part-0001.csv": ("rejected", "UTF-8"),
        f"oa/oa.approval_instance/{day}": ("missing", "which is not there"),
        f"oa/oa.approval_event/{day}": ("incomplete", "still be on its way"),
        f"ecommerce/ec.order/{day}/surprise.csv": ("unknown", "not named in the delivery's manifest"),
    }
    for file, (status, words) in expected.items():
        assert by_file[file]["status"] == status
        assert file in by_file[file]["reason"]
        assert words in by_file[file]["reason"]
    others = [delivery["status"] for file, delivery in by_file.items() if file not in expected]
    assert len(others) > 20
    assert set(others) == {"loaded"}
    assert loaded.query("select count(*) from core.fct_order")[0][0] > 1_000
    assert loaded.query("select count(*) from core.fct_meeting") == [(0,)]
    # Owners that are not known any more are shown as unknown; their deals are not lost.
    assert loaded.query("select count(*) from core.fct_opportunity")[0][0] > 1_000


def test_reader_with_the_old_snapshot_open_neither_blocks_nor_breaks(
    own_copy: LoadedHome, small_company: SimulationResult, tmp_path: Path
) -> None:
    with duckdb.connect(str(own_copy.marts), read_only=True) as reader:
        before = reader.execute("select sum(won_fen) from regions.regional_performance").fetchone()
        day = small_company.load_dates[-1] + timedelta(days=1)
        news = tmp_path / "news" / "crm" / "crm.opportunity" / f"dt={day}" / "d1"
        news.mkdir(parents=True)
        (news / "_manifest.json").write_text(
            '{"entity": "crm.opportunity", "source_system": "crm", "files": [{"name": "part-0001.csv"}]}'
        )
        (news / "part-0001.csv").write_text(
            "opportunity_id,stage_code,amount,closed_on,is_closed,is_won,created_at,updated_at\n"
            f"NEWS-1,contract_signed,5,{day},true,true,2024-12-01 09:00:00,{day} 09:00:00\n"
        )
        again = load_home(own_copy.home, landing=tmp_path / "news", load_date=day, as_of=day - timedelta(days=1))
        assert again.exit_code == 0, again.errors
        assert again.report["snapshot_id"] != own_copy.report["snapshot_id"]
        assert reader.execute("select sum(won_fen) from regions.regional_performance").fetchone() == before


def test_broken_invariant_holds_the_publication_back(own_copy: LoadedHome, small_company: SimulationResult) -> None:
    with duckdb.connect(str(own_copy.home / "warehouse" / "warehouse.duckdb")) as con:
        con.execute("update raw.crm__account set account_id = null where _row_no = 1")
    again = load_company(own_copy.home, small_company, force=True)
    assert again.exit_code == 4
    assert again.report["failed_checks"]
    assert again.report["snapshot"] is None
    assert own_copy.query("select count(*) from core.dim_customer")[0][0] > 0, "readers keep the last good snapshot"


@pytest.mark.slow
def test_same_files_dates_and_key_give_the_same_rows_in_another_home(
    small_home: LoadedHome, small_company: SimulationResult, tmp_path: Path
) -> None:
    other = load_company(tmp_path / "other", small_company)
    tables = small_home.query(
        "select schema_name, table_name from duckdb_tables() where database_name = 'marts' order by all"
    )
    assert len(tables) > 20
    for schema, table in tables:
        fingerprint = f'select count(*), bit_xor(hash(t)), sum(hash(t)::hugeint) from "{schema}"."{table}" as t'
        assert small_home.query(fingerprint) == other.query(fingerprint), f"{schema}.{table}"
