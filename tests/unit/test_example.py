"""The example company is the same everywhere, small, and loads with exactly its five bad rows left over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingestion.contract import load_contracts
from ingestion.example import (
    EXAMPLE_AS_OF,
    EXAMPLE_LOAD_DATE,
    EXTRACT_SET,
    UNREADABLE_ROWS,
    ExampleFiles,
    write_example,
)
from ingestion.extract_set import choose_extract_set, plan_intake
from ingestion.intake import FileOutcome, Intake, take_in_all
from ingestion.mapping_files import load_mappings
from ingestion.personal_data import use_key
from ingestion.raw_tables import create_raw_tables
from warehouse.schema import create_shared_tables

NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> ExampleFiles:
    return write_example(tmp_path_factory.mktemp("extracts"))


@pytest.fixture(scope="module")
def extracts(written: ExampleFiles) -> Path:
    return written.folder


@pytest.fixture(scope="module")
def loaded(
    extracts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[FileOutcome]]]:
    """The extracts taken in by the real intake, with the shipped contracts, mappings and extract set."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        create_shared_tables(con)
        use_key(con, b"key of a test", now=NOW)
        contracts = load_contracts()
        create_raw_tables(con, contracts)
        plan = plan_intake(choose_extract_set(extracts), extracts)
        intake = Intake(
            plan=plan,
            mappings=load_mappings(),
            contracts=contracts,
            landing_dir=tmp_path_factory.mktemp("landing"),
            load_date=EXAMPLE_LOAD_DATE,
            loaded_at=NOW,
        )
        yield con, take_in_all(con, intake)


@pytest.fixture
def con(loaded: tuple[duckdb.DuckDBPyConnection, list[FileOutcome]]) -> duckdb.DuckDBPyConnection:
    return loaded[0]


def ask(con: duckdb.DuckDBPyConnection, query: str) -> tuple:
    row = con.execute(query).fetchone()
    assert row is not None
    return row


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.csv"))
    }


def test_same_seed_gives_the_same_bytes_and_another_seed_gives_others(extracts: Path, tmp_path: Path) -> None:
    again = write_example(tmp_path / "again")
    other = write_example(tmp_path / "other", seed=7)
    assert digest(again.folder) == digest(extracts)
    same = {name for name, value in digest(other.folder).items() if digest(extracts)[name] == value}
    assert same == {"crm/products.csv"}  # the catalogue is a list, nothing in it is drawn


def test_the_files_are_small_and_counted(written: ExampleFiles) -> None:
    assert written.bytes < 5_000_000
    for file in written.files:
        text = file.path.read_bytes()
        assert (file.rows, file.bytes) == (text.count(b"\n") - 1, len(text))


def test_load_date_is_the_day_after_the_last_day() -> None:
    assert timedelta(days=1) == EXAMPLE_LOAD_DATE - EXAMPLE_AS_OF


def test_accounts_arrive_in_gb18030_with_chinese_headers(extracts: Path) -> None:
    content = (extracts / "crm/accounts.csv").read_bytes()
    assert content.decode("gb18030").startswith("客户编号,客户名称,行业,省份,城市")
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def test_every_file_loads_and_every_column_is_known(
    loaded: tuple[duckdb.DuckDBPyConnection, list[FileOutcome]], extracts: Path
) -> None:
    con, outcomes = loaded
    assert choose_extract_set(extracts).extract_set == EXTRACT_SET
    assert {outcome.status for outcome in outcomes} == {"loaded"}
    assert len(outcomes) == 11
    # A note would name a column that the mapping misses or that the file does not have.
    notes = con.execute("select file, reason from ops.delivery where reason is not null").fetchall()
    assert notes == [("crm/accounts.csv", "read as gb18030")]


def test_exactly_the_bad_rows_are_in_quarantine(
    loaded: tuple[duckdb.DuckDBPyConnection, list[FileOutcome]],
) -> None:
    bad = {outcome.file: outcome.rows_quarantined for outcome in loaded[1] if outcome.rows_quarantined}
    assert bad == {
        "crm/opportunities.csv": 2,
        "oa/approvals.csv": 1,
        "ecommerce/orders.csv": 1,
        "ecommerce/order_items.csv": 1,
    }
    assert sum(bad.values()) == UNREADABLE_ROWS


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("crm__user", 24),
        ("crm__account", 300),
        ("ref__product", 8),
        ("crm__opportunity", 3000),
        ("oa__approval_instance", 800),
        ("mtg__meeting", 2000),
    ],
)
def test_sizes_are_those_of_the_documentation(con: duckdb.DuckDBPyConnection, table: str, rows: int) -> None:
    assert ask(con, f"select count(*) from raw.{table}") == (rows,)


def test_every_reference_points_to_a_row(con: duckdb.DuckDBPyConnection) -> None:
    for child, column, parent in [
        ("crm__opportunity", "account_id", "crm__account"),
        ("crm__opportunity", "product_id", "ref__product"),
        ("crm__opportunity_stage_history", "opportunity_id", "crm__opportunity"),
        ("oa__approval_instance", "opportunity_id", "crm__opportunity"),
        ("oa__approval_event", "instance_id", "oa__approval_instance"),
        ("mtg__meeting", "opportunity_id", "crm__opportunity"),
        ("ec__order_item", "order_id", "ec__order"),
        ("ec__refund", "line_id", "ec__order_item"),
    ]:
        lost = f"select count(*) from raw.{child} where {column} not in (select {column} from raw.{parent})"
        assert ask(con, lost) == (0,), (child, column)


def test_nothing_happens_after_the_last_day_or_before_the_first(con: duckdb.DuckDBPyConnection) -> None:
    for table, column in [
        ("crm__opportunity_stage_history", "changed_at"),
        ("oa__approval_event", "occurred_at"),
        ("mtg__meeting", "started_at"),
        ("ec__order", "updated_at"),
        ("ec__refund", "refunded_at"),
    ]:
        local = f"timezone('Asia/Shanghai', {column})::date"
        first, last = ask(con, f"select min({local}), max({local}) from raw.{table}")
        assert first.year == 2022, table
        assert last <= EXAMPLE_AS_OF, table


def test_the_funnel_narrows_and_a_quarter_of_the_leads_is_won(con: duckdb.DuckDBPyConnection) -> None:
    reached = dict(
        con.execute(
            "select to_stage_code, count(*) from raw.crm__opportunity_stage_history group by to_stage_code"
        ).fetchall()
    )
    # Not proposal: some deals skip it.
    stages = ["lead_acquisition", "needs_analysis", "negotiation", "contract_signed", "after_sales"]
    counts = [reached[stage] for stage in stages]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 3000
    assert 0.22 < reached["contract_signed"] / 3000 < 0.28
    backwards = """
        select count(*) from (select from_stage_code, lag(to_stage_code) over (
          partition by opportunity_id order by changed_at) as before
            from raw.crm__opportunity_stage_history)
        where from_stage_code is distinct from before"""
    assert ask(con, backwards) == (0,)


def test_signing_dips_at_new_year_and_peaks_at_the_end_of_a_quarter(con: duckdb.DuckDBPyConnection) -> None:
    quiet, busy, usual = ask(
        con,
        """select count(*) filter (month(closed_on) in (1, 2)) / 6,
          count(*) filter (month(closed_on) % 3 = 0) / 12,
             count(*) / 36 from raw.crm__opportunity
               where stage_code in ('contract_signed', 'after_sales')""",
    )
    assert quiet < 0.7 * usual
    assert busy > 1.2 * usual


def test_account_is_missing_on_a_third_of_the_open_early_deals_only(con: duckdb.DuckDBPyConnection) -> None:
    early = "stage_code in ('lead_acquisition', 'needs_analysis', 'proposal')"
    share, elsewhere = ask(
        con,
        f"""select avg((account_id is null)::integer) filter ({early}),
          count(*) filter (account_id is null and not {early})
            from raw.crm__opportunity""",
    )
    assert 0.3 < share < 0.42
    assert elsewhere == 0


def test_phone_numbers_belong_to_nobody_and_are_tokens_after_loading(
    con: duckdb.DuckDBPyConnection, extracts: Path
) -> None:
    lines = (extracts / "crm/accounts.csv").read_text(encoding="gb18030").splitlines()[1:]
    phones = [cell for line in lines for cell in line.split(",") if cell.count("-") == 2 and ":" not in cell]
    assert len(phones) > 200
    assert all(phone.startswith("000-0000-") for phone in phones)
    assert ask(con, "select count(*) from raw.crm__account where phone like '%000-0000%'") == (0,)


def test_shop_amounts_add_up_and_refunds_stay_below_what_was_bought(con: duckdb.DuckDBPyConnection) -> None:
    wrong_totals = """
        select count(*) from raw.ec__order join (
          select order_id, sum(line_amount) as lines
            from raw.ec__order_item group by order_id) using (order_id)
        where total_amount is distinct from lines"""
    assert ask(con, wrong_totals) == (0,)
    too_much = """
        select count(*) filter (refund.quantity > item.quantity or refund.refunded_at <= created_at),
          count(*)
        from raw.ec__refund as refund join raw.ec__order_item as item using (line_id)
        join raw.ec__order as ordered on ordered.order_id = item.order_id"""
    wrong, refunds = ask(con, too_much)
    assert wrong == 0
    assert 0.02 < refunds / ask(con, "select count(*) from raw.ec__order_item")[0] < 0.04


def test_buyers_differ_come_back_and_leave(con: duckdb.DuckDBPyConnection) -> None:
    buyers, orders, once, many, gone = ask(
        con,
        """with buyer as (
             select buyer_id, count(*) as orders, max(created_at) as last_at
               from raw.ec__order group by buyer_id)
           select count(*), sum(orders), avg((orders = 1)::integer), avg((orders >= 15)::integer),
             avg((last_at < timestamptz '2024-07-01 00:00:00+08')::integer) from buyer""",
    )
    assert buyers == 1500
    assert 10_500 < orders < 13_500
    assert 0.1 < once < 0.3
    assert 0.1 < many < 0.25
    assert 0.3 < gone < 0.7
