"""Scores of a case small enough to be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from data_quality.completeness import CompletenessResult, UnlistedStage, score_completeness
from data_quality.file_fill import FileFill, measure_file_fill
from data_quality.pooling import pool_scores
from data_quality.standards import StandardSet, load_standards
from warehouse.errors import ContractError
from warehouse.schema import create_shared_tables

AS_OF = date(2024, 3, 31)

# id, customer, owner, stage, product, engaged, amount, closed, deleted
DEALS = [
    ("o1", "a1", "u1", "lead_acquisition", "p1", None, None, None, False),
    ("o2", " 未知 ", "u1", "lead_acquisition", "p1", None, None, None, False),  # placeholder customer
    ("o3", None, "u1", "needs_analysis", "p1", "2024-01-05", None, None, False),
    ("o4", "a1", "", "needs_analysis", "N/A", None, None, None, None),  # blank owner, placeholder product, no day
    ("o5", "a1", "u1", "contract_signed", "p1", "2024-01-05", "0.00", "2024-02-01", False),  # 0 is an amount
    ("o6", "a1", "u1", "contract_signed", "p1", "9999-12-31", None, "2024-02-01", False),  # a day that is no day
    ("o7", "a1", "u1", "lost", "p1", "2024-01-05", None, None, False),  # owes the day it was lost, no amount
    ("o8", None, None, "lost", None, None, None, None, True),  # deleted: not counted anywhere
    ("o9", "a1", "u1", None, "p1", None, None, None, False),  # stage unknown: only what is always required
    ("oA", "a1", "u1", "nurture", "p1", None, None, None, False),  # a stage that the list does not know
]


@pytest.fixture(scope="module")
def standards() -> StandardSet:
    """Deals and products only, so that every figure below can be counted on the table above."""
    shipped = load_standards()
    kept = tuple(s for s in shipped.entities if s.entity in ("crm.opportunity", "ref.product"))
    return replace(shipped, entities=kept)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_shared_tables(connection)
        connection.execute("create schema staging")
        connection.execute(
            """create table staging.stg_crm__opportunity (opportunity_id varchar, account_id varchar,
            owner_user_id varchar, stage_code varchar, product_id varchar, engaged_on date, amount decimal(18, 2),
            closed_on date, is_deleted boolean)"""
        )
        connection.executemany("insert into staging.stg_crm__opportunity values (?, ?, ?, ?, ?, ?, ?, ?, ?)", DEALS)
        connection.execute(
            """create table staging.stg_ref__product
            (product_id varchar, product_name varchar, series varchar, list_price decimal(18, 2), is_deleted boolean)"""
        )
        yield connection


def get_cells(result: CompletenessResult, field: str) -> dict[str, tuple[int, int]]:
    return {s.stage_code: (s.filled_cells, s.required_cells) for s in result.scores if s.field == field}


def test_golden_case(con: duckdb.DuckDBPyConnection, standards: StandardSet) -> None:
    result = score_completeness(con, as_of=AS_OF, standards=standards)
    everywhere = {"lead_acquisition": (2, 2), "needs_analysis": (2, 2), "contract_signed": (2, 2), "lost": (1, 1)}
    assert get_cells(result, "opportunity_id") == everywhere | {"unknown": (1, 1), "nurture": (1, 1)}
    assert get_cells(result, "account_id") == everywhere | {
        "lead_acquisition": (1, 2), "needs_analysis": (1, 2), "unknown": (1, 1), "nurture": (1, 1),
    }  # fmt: skip
    assert get_cells(result, "owner_user_id")["needs_analysis"] == (1, 2)
    assert get_cells(result, "product_id")["needs_analysis"] == (1, 2)
    assert get_cells(result, "stage_code")["unknown"] == (0, 1)
    assert get_cells(result, "engaged_on") == {"needs_analysis": (1, 2), "contract_signed": (1, 2), "lost": (1, 1)}
    assert get_cells(result, "amount") == {"contract_signed": (1, 2)}
    assert get_cells(result, "closed_on") == {"contract_signed": (2, 2), "lost": (0, 1)}
    assert result.unlisted_stages == (
        UnlistedStage("crm.opportunity", "nurture", 1),
        UnlistedStage("crm.opportunity", "unknown", 1),
    )


def test_cells_by_owner_are_the_same_cells(con: duckdb.DuckDBPyConnection, standards: StandardSet) -> None:
    result = score_completeness(con, as_of=AS_OF, standards=standards)
    rows = con.execute(
        """select field, owner_id, filled_cells, required_cells from dq.completeness_by_owner
        where field in ('account_id', 'product_id', 'amount', 'engaged_on') order by all"""
    ).fetchall()
    # u1 has all but the deal whose owner is blank.
    assert rows == [
        ("account_id", "u1", 6, 8), ("account_id", "unknown", 1, 1), ("amount", "u1", 1, 2),
        ("engaged_on", "u1", 3, 4), ("engaged_on", "unknown", 0, 1),
        ("product_id", "u1", 8, 8), ("product_id", "unknown", 0, 1),
    ]  # fmt: skip
    sums = "select field, sum(required_cells)::int, sum(filled_cells)::int from dq.{} group by 1 order by 1"
    by_owner = con.execute(sums.format("completeness_by_owner")).fetchall()
    assert by_owner == con.execute(sums.format("completeness_daily")).fetchall()
    assert score_completeness(con, as_of=AS_OF, standards=standards) == result
    assert con.execute(sums.format("completeness_by_owner")).fetchall() == by_owner


def test_pooled_shares_are_sums_of_cells_and_never_means_of_shares(
    con: duckdb.DuckDBPyConnection, standards: StandardSet
) -> None:
    scores = score_completeness(con, as_of=AS_OF, standards=standards).scores
    pooled = {(p.entity, p.field, p.scope): (p.filled, p.required) for p in pool_scores(scores, standards=standards)}
    # Five fields on nine records, engaged_on on 5, amount on 2, closed_on on 3.
    # Missing: customer 2, owner 1, product 1, stage 1, engaged 2, amount 1, closed 1.
    assert pooled["crm.opportunity", "all", "entity"] == (46, 55)
    assert pooled["company", "all", "company"] == (46, 55)
    assert pooled["crm.opportunity", "account_id", "open"] == (4, 6)  # unknown and unlisted stages are open
    assert pooled["crm.opportunity", "account_id", "closed"] == (3, 3)
    assert ("crm.opportunity", "amount", "open") not in pooled  # nothing required: no share, not 0 % or 100 %


def test_weights_count_where_fields_are_mixed_and_cancel_within_one_field(
    con: duckdb.DuckDBPyConnection, standards: StandardSet
) -> None:
    deal = standards.get_entity("crm.opportunity")
    heavy = tuple(f.model_copy(update={"weight": 3}) if f.field == "account_id" else f for f in deal.fields)
    weighted = replace(standards, entities=(deal.model_copy(update={"fields": heavy}),))
    scores = score_completeness(con, as_of=AS_OF, standards=weighted).scores
    pooled = {(p.field, p.scope): (p.filled, p.required) for p in pool_scores(scores, standards=weighted)}
    assert pooled["all", "entity"] == (46 + 2 * 7, 55 + 2 * 9)
    assert pooled["account_id", "field"] == (7, 9)


def test_an_entity_without_records_is_reported_and_has_no_score(
    con: duckdb.DuckDBPyConnection, standards: StandardSet
) -> None:
    con.execute("insert into staging.stg_ref__product values ('p1', 'x', 'y', 1, true)")  # deleted
    result = score_completeness(con, as_of=AS_OF, standards=standards)
    assert result.entities_without_data == ("ref.product",)
    assert {s.entity for s in result.scores} == {"crm.opportunity"}
    con.execute("delete from staging.stg_crm__opportunity")
    empty = score_completeness(con, as_of=AS_OF, standards=standards)
    assert (empty.scores, pool_scores(empty.scores, standards=standards)) == ((), ())
    assert con.execute("select count(*) from dq.completeness_daily").fetchone() == (0,)  # replaced by nothing


def test_scoring_again_replaces_the_day_and_leaves_other_days(
    con: duckdb.DuckDBPyConnection, standards: StandardSet
) -> None:
    score_completeness(con, as_of=date(2024, 3, 30), standards=standards)
    first = score_completeness(con, as_of=AS_OF, standards=standards)
    assert score_completeness(con, as_of=AS_OF, standards=standards) == first
    stored = con.execute("select as_of, count(*) from dq.completeness_daily group by all order by all").fetchall()
    assert stored == [(date(2024, 3, 30), len(first.scores)), (AS_OF, len(first.scores))]
    row = con.execute(
        "select * from dq.completeness_daily where as_of = ? and field = 'account_id' and stage_code = 'lost'", [AS_OF]
    ).fetchone()
    assert row == (AS_OF, "crm.opportunity", "account_id", "lost", 1, 1, 1, 9000, "sales_operations", 1)


@pytest.mark.parametrize(
    ("sabotage", "named"),
    [
        ("drop table staging.stg_ref__product", "ref__product.yml: entity: staging.stg_ref__product"),
        ("alter table staging.stg_crm__opportunity drop account_id", "crm__opportunity.yml: fields: 'account_id'"),
    ],
)
def test_a_standard_without_its_table_or_column_is_refused(
    con: duckdb.DuckDBPyConnection, standards: StandardSet, sabotage: str, named: str
) -> None:
    con.execute(sabotage)
    with pytest.raises(ContractError, match=named):
        score_completeness(con, as_of=AS_OF, standards=standards)


def test_file_fill_averages_all_cells_of_the_latest_delivery_of_each_file(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """insert into ops.column_profile values
        (1, 'd1', 'crm', 'deals.csv', 'a', 100, 0), (1, 'd1', 'crm', 'deals.csv', 'b', 100, 0),
        (2, 'd2', 'crm', 'deals.csv', 'a', 10, 10), (2, 'd2', 'crm', 'deals.csv', 'b', 10, 4),
        (3, 'd3', 'oa', 'deals.csv', 'a', 5, 5), (4, 'd4', 'oa', 'empty.csv', 'a', 0, 0)"""
    )
    expected = (FileFill("crm", "deals.csv", 20, 14), FileFill("oa", "deals.csv", 5, 5))
    assert measure_file_fill(con, as_of=AS_OF) == expected
    assert measure_file_fill(con, as_of=AS_OF) == expected
    assert con.execute("select count(*) from dq.file_fill").fetchone() == (2,)
