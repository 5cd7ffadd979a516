"""The whole daily run on real public data: the figures known from its publishers come out to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from loaded_home import LoadedHome

pytestmark = pytest.mark.public


def kpi(home: LoadedHome, metric: str, **where: str) -> tuple[Decimal, Decimal, Decimal]:
    """Numerator, denominator and value of exactly one published figure."""
    where = {"period_type": "to_date", "scope_type": "company"} | where
    conditions = " and ".join(f"{column} = '{value}'" for column, value in where.items())
    rows = home.query(
        "select numerator, denominator, value from performance.kpi_value "
        f"where metric_code = '{metric}' and {conditions}"
    )
    assert len(rows) == 1, f"{metric} {where}: {len(rows)} rows"
    return rows[0]


def test_run_is_done_and_names_what_was_left_out(public_home: LoadedHome) -> None:
    assert public_home.exit_code == 0, public_home.errors
    by_status: dict[str, set[str]] = {}
    for delivery in public_home.report["deliveries"]:
        by_status.setdefault(delivery["status"], set()).add(delivery["file"])
    assert set(by_status) == {"loaded", "ignored"}
    assert len(by_status["loaded"]) == 7
    assert "oa_bpic2020/DomesticDeclarations.parquet" in by_status["ignored"]


def test_every_row_of_the_real_files_is_accounted_for(public_home: LoadedHome) -> None:
    counts = dict(
        public_home.warehouse(
            "select file, max(rows_read) from ops.delivery where status = 'loaded' group by file order by file"
        )
    )
    assert counts == {
        "crm_maven/accounts.csv": 85,
        "crm_maven/products.csv": 7,
        "crm_maven/sales_pipeline.csv": 8800,
        "crm_maven/sales_teams.csv": 35,
        "ecommerce_online_retail/onlineretail.parquet": 541_909,
        "meetings_mep/meetings.csv": 23_050,
        "oa_bpic2020/RequestForPayment.csv.gz": 36_072,
    }
    assert public_home.warehouse("select sum(rows_quarantined) from ops.delivery") == [(0,)]
    lines = public_home.warehouse(
        "select sum(rows_in) from ops.delivery where entity in ('ec.order_item', 'ec.refund')"
    )
    assert lines == [(541_909,)]


def test_won_value_and_win_rate(public_home: LoadedHome) -> None:
    assert kpi(public_home, "won_value")[2] == Decimal("1000553400")
    numerator, denominator, value = kpi(public_home, "win_rate")
    assert (numerator, denominator) == (4238, 6711)
    assert round(value, 4) == Decimal("0.6315")


@pytest.mark.parametrize(
    ("quarter", "won"),
    [("2017-01-01", 1_134_672), ("2017-04-01", 3_086_111), ("2017-07-01", 2_982_255), ("2017-10-01", 2_802_496)],
)
def test_won_value_by_quarter(public_home: LoadedHome, quarter: str, won: int) -> None:
    assert kpi(public_home, "won_value", period_type="quarter", period_start=quarter)[2] == won * 100


def test_won_value_by_region(public_home: LoadedHome) -> None:
    expected = {"Central": 3_346_293, "East": 3_090_594, "West": 3_568_647}
    rows = public_home.query("select region_id, sum(won_fen) from regions.regional_performance group by 1")
    assert {region: won for region, won in rows if won} == {region: won * 100 for region, won in expected.items()}
    for region, won in expected.items():
        assert kpi(public_home, "won_value", scope_type="region", scope_id=region)[2] == won * 100


def test_credits_of_the_best_representative(public_home: LoadedHome) -> None:
    (best,) = public_home.query(
        "select payee_employee_id, sum(credited_fen) from incentives.credit_line group by 1 order by 2 desc limit 1"
    )
    assert best == ("maven_crm:Darcel Schlecht", 115_321_400)
    assert public_home.query("select sum(credited_fen) from incentives.credit_line") == [(1_000_553_400,)]


def test_net_shop_revenue_keeps_exact_duplicates(public_home: LoadedHome) -> None:
    assert kpi(public_home, "sales_revenue", scope_type="channel", scope_id="shop")[2] == Decimal("974774793")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("customers, retained", (885, 324)),
        ("customers_incl_cancellations, retained_incl_cancellations", (948, 362)),
    ],
)
def test_december_2010_cohort(public_home: LoadedHome, columns: str, expected: tuple[int, int]) -> None:
    rows = public_home.query(
        f"select {columns} from customers.cohort_retention"
        " where order_channel = 'shop' and cohort_month = '2010-12-01' and month_number = 1"
    )
    assert rows == [expected]


def test_approvals(public_home: LoadedHome) -> None:
    numerator, denominator, value = kpi(public_home, "approval_rework_rate")
    assert (numerator, denominator) == (1051, 6760)
    assert round(value, 3) == Decimal("0.155")
    assert round(kpi(public_home, "approval_throughput_median_days")[2], 2) == Decimal("8.07")


def test_remote_share_of_meetings_with_the_unclassified_rest(public_home: LoadedHome) -> None:
    numerator, denominator, value = kpi(public_home, "remote_meeting_share")
    assert denominator == 23_050
    assert Decimal("0.40") <= value <= Decimal("0.45")
    unclassified = kpi(public_home, "meeting_mode_unclassified_share")
    assert unclassified[1] == 23_050
    modes = dict(public_home.query("select meeting_mode, count(*) from core.fct_meeting group by 1"))
    assert modes["remote"] == numerator
    assert modes["unclassified"] == unclassified[0]
    assert sum(modes.values()) == 23_050


def test_pipeline_passes_on_all_cells_and_fails_where_it_matters(public_home: LoadedHome) -> None:
    assert public_home.query("select filled_cells, cells from dq.file_fill where file like '%sales_pipeline.csv'") == [
        (64_297, 70_400)
    ]
    assert public_home.query(
        "select observed_bp, passed from dq.check_result "
        "where entity = 'crm.opportunity' and field = 'account_id' and scope = 'open'"
    ) == [(664 * 10_000 // 2089, False)]
    html = (public_home.home / "reports" / "data_quality.html").read_text(encoding="utf-8")
    assert "91.3" in html
    assert "68.2" in html


def test_missing_links_are_reported_and_break_nothing(public_home: LoadedHome) -> None:
    links = {
        name: (rows, given, matched)
        for name, rows, given, matched in public_home.query(
            "select link, row_count, rows_with_reference, rows_matched from governance.link_match_rate"
        )
    }
    assert links["meeting_to_opportunity"] == (23_050, 0, 0)
    assert links["opportunity_to_account"] == (8800, 7375, 7375)
    assert links["opportunity_to_product"] == (8800, 8800, 8800)


def test_models_stand_beside_their_rivals(public_home: LoadedHome) -> None:
    rows = public_home.query(
        "select task, candidate, is_rival, is_served, value from predictions.model_evaluation "
        "where metric in ('auc', 'wape')"
    )
    churn = {candidate: value for task, candidate, _, _, value in rows if task == "churn"}
    assert {"recency", "bg_nbd", "logistic_regression", "hist_gradient_boosting"} <= set(churn)
    # Published work on this data ends near 0.76; well above it something would be leaking.
    assert 0.70 < max(churn.values()) < 0.80
    for task in ("churn", "sales_forecast"):
        assert any(is_rival for t, _, is_rival, _, _ in rows if t == task)
        assert any(is_served for t, _, _, is_served, _ in rows if t == task)
    # Ten months of sales are too few for any model to displace the last value.
    served = {candidate for task, candidate, _, is_served, _ in rows if task == "sales_forecast" and is_served}
    assert "crm/naive_last_value" in served


def test_ages_count_from_the_end_of_each_source(public_home: LoadedHome) -> None:
    assert dict(public_home.warehouse("select source, data_through::varchar from ops.source")) == {
        "crm": "2017-12-31",
        "ecommerce": "2011-12-09",
        "meetings": "2022-02-16",
        "oa": "2019-01-07",
    }
    (newest,) = public_home.query("select max(snapshot_date)::varchar from predictions.churn")
    assert newest == ("2011-12-10",)


def test_meetings_that_belong_to_no_deal_show_no_effect(public_home: LoadedHome) -> None:
    """The meetings are another organisation's than the CRM: whatever relation came out would be an invention."""
    assert public_home.query("select distinct link_quality from funnel.meeting_evidence") == [("none",)]
    effects = public_home.query("select association, rate_difference, met_count from funnel.meeting_effect")
    assert effects
    assert {association for association, *_ in effects} == {"none"}
    assert {(difference, met) for _, difference, met in effects} == {(None, 0)}
