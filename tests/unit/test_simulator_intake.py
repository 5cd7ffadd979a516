"""The simulator's deliveries through the real intake: all is loaded, exactly the planted rows are not read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from intake_company import Company, open_company

from ingestion.contract import load_contracts
from ingestion.intake import FileOutcome, take_in_all
from ingestion.prepare import prepare_intake
from ingestion.simulator import SimulationPlan, SimulationResult, simulate

SCALE = 0.05


def take_in(company: Company, result: SimulationResult) -> dict[str, FileOutcome]:
    outcomes: dict[str, FileOutcome] = {}
    for load_date in result.load_dates:
        intake = prepare_intake(
            company.folder, load_date=load_date, loaded_at=datetime(2025, 1, 2, tzinfo=UTC), landing=result.landing
        )
        outcomes |= {outcome.file: outcome for outcome in take_in_all(company.con, intake)}
    return outcomes


def test_every_delivery_becomes_what_it_was_planned_to_be(tmp_path: Path) -> None:
    result = simulate(SimulationPlan(out=tmp_path / "sim", scale=SCALE, single_days=4))
    with open_company(tmp_path / "home") as company:
        outcomes = take_in(company, result)
        for delivery in result.deliveries:
            place = delivery.folder.relative_to(result.landing).as_posix()
            mine = [outcome for name, outcome in outcomes.items() if name.startswith(f"{place}/")]
            assert [(o.status, o.rows_quarantined) for o in mine] == [(delivery.outcome, delivery.quarantined)], place
            # Vendors' files make several rows of a record.
            if delivery.outcome == "loaded" and delivery.name in load_contracts():
                assert mine[0].rows_loaded + mine[0].rows_quarantined == delivery.rows
        assert set(outcomes) == {
            f"{d.folder.relative_to(result.landing).as_posix()}/{path.name}"
            for d in result.deliveries
            for path in d.folder.iterdir()
            if path.name != "_manifest.json"
        }
        # Dirt that can be undone is undone: the newest versions of contracts add up to the truth.
        newest = company.rows(
            """select sum(net_amount * 100)::hugeint from (
                select contract_id, arg_max(net_amount, (_load_date, _batch_id, _row_no)) as net_amount
                from raw.crm__contract_line group by contract_id, line_id)
            semi join (select contract_id from (select contract_id, signed_on, status from raw.crm__contract
                qualify row_number() over (partition by contract_id order by updated_at desc, _load_date desc) = 1)
                where status <> '已取消' and year(signed_on) = 2023) using (contract_id)"""
        )[0][0]
        planned = company.rows(
            f"""select numerator::hugeint from '{result.metrics}' where metric_code = 'sales_revenue'
                and scope_id = 'contract'
            and period_type = 'year' and year(period_start) = 2023"""
        )[0][0]
        assert newest == planned


def test_clean_company_has_nothing_to_clean(tmp_path: Path) -> None:
    result = simulate(SimulationPlan(out=tmp_path / "sim", scale=SCALE, single_days=0, dirtiness=0))
    assert all(delivery.quarantined == 0 for delivery in result.deliveries)
    with open_company(tmp_path / "home") as company:
        outcomes = take_in(company, result)
        assert {outcome.status for outcome in outcomes.values()} == {"loaded"}
        assert sum(outcome.rows_quarantined for outcome in outcomes.values()) == 0
        for contract in load_contracts().values():
            keys = ", ".join(contract.key)
            rows, distinct = company.rows(f"select count(*), count(distinct ({keys})) from raw.{contract.table}")[0]
            assert rows == distinct, contract.entity
        filled = company.rows(
            """select avg((industry is not null)::integer), avg((annual_revenue is not null)::integer),
                avg((phone is not null)::integer), avg((owner_user_id is not null)::integer) from raw.crm__account"""
        )
        assert filled == [(1.0, 1.0, 1.0, 1.0)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[SimulationResult, Path]:
    folder = tmp_path_factory.mktemp("filled")
    return simulate(SimulationPlan(out=folder, scale=SCALE, single_days=0)), folder


def test_completeness_in_the_extract_is_the_planted_one(filled: tuple[SimulationResult, Path]) -> None:
    """By hand from the file: cells of accounts that stand, with the placeholders counted as missing."""
    result, _ = filled
    file = next(result.landing.glob("crm/crm.account/*/*/part-0001.csv"))
    cells, full = duckdb.execute(
        f"""select count(*) * 7, count(account_id) + count(account_name)
            + count(industry) filter (where industry not in ('未知', '待补充', '-', 'N/A'))
            + count(annual_revenue) + count(employee_count) + count(phone) + count(owner_user_id)
        from read_csv('{file}', all_varchar = true) where is_deleted = 'false'"""
    ).fetchall()[0]
    assert full == round(cells * 0.613)
