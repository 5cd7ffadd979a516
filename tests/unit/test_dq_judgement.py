"""Great Expectations gives the verdicts; a check that breaks raises and is never read as bad data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pytest

from data_quality import judgement
from data_quality.completeness import CompletenessScore
from data_quality.judgement import CheckResult, judge_completeness, judge_pooled, read_failed_keys
from data_quality.pooling import PooledScore
from data_quality.standards import load_standards
from warehouse.errors import CheckBroken
from warehouse.schema import create_shared_tables

AS_OF = date(2024, 3, 31)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_shared_tables(connection)
        yield connection


def make_score(field: str, stage_code: str, filled: int, required: int) -> CompletenessScore:
    return CompletenessScore("crm.opportunity", field, stage_code, required, filled, 1, 9000, "sales_operations", 1)


def judge(con: duckdb.DuckDBPyConnection, *scores: CompletenessScore) -> dict[tuple[str, str], CheckResult]:
    results = judge_completeness(con, as_of=AS_OF, scores=scores, standards=load_standards())
    return {(result.field, result.scope): result for result in results}


def test_ninety_percent_passes_and_one_cell_fewer_fails() -> None:
    boundary = [
        PooledScore("field", "crm.account", "at", required=2_089, filled=1_881, target_bp=9000),  # 90.04 %
        PooledScore("field", "crm.account", "exact", required=10, filled=9, target_bp=9000),
        PooledScore("field", "crm.account", "below", required=2_089, filled=1_880, target_bp=9000),  # 89.995 %
        PooledScore("open", "crm.account", "large", required=10**12, filled=9 * 10**11, target_bp=9000),
        PooledScore("open", "crm.account", "large_below", required=10**12, filled=9 * 10**11 - 1, target_bp=9000),
        PooledScore("closed", "crm.account", "full", required=3, filled=3, target_bp=10_000),
        PooledScore("closed", "crm.account", "empty", required=1, filled=0, target_bp=1),
    ]
    failed, version = judge_pooled(boundary)
    assert {boundary[key].field for key in failed} == {"below", "large_below", "empty"}
    assert version.count(".") == 2
    # The stored figure is rounded down, so it tells the same as the verdict.
    assert [s.observed_bp >= s.target_bp for s in boundary] == [key not in failed for key in range(len(boundary))]


def test_open_deals_fail_although_all_deals_together_pass(con: duckdb.DuckDBPyConnection) -> None:
    verdicts = judge(
        con, make_score("account_id", "needs_analysis", 20, 100), make_score("account_id", "contract_signed", 900, 900)
    )
    assert verdicts["account_id", "field"] == CheckResult(
        "completeness_field", "crm.opportunity", "account_id", "field", 9200, 9000, True
    )
    assert verdicts["account_id", "open"].passed is False
    assert verdicts["account_id", "open"].observed_bp == 2000
    assert verdicts["account_id", "closed"].passed is True
    assert verdicts["all", "entity"].passed
    assert verdicts["all", "company"].passed


def test_verdicts_are_stored_with_the_engine_and_replaced_by_a_second_run(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into dq.check_result values ('2024-03-31', 'row_counts', 'x', 'x', 'x', 1, 1, true, 'sql')")
    judge(con, make_score("account_id", "lost", 1, 1), make_score("product_id", "lost", 1, 1))
    judge(con, make_score("account_id", "lost", 0, 1))
    rows = con.execute("select check_name, scope, passed, engine from dq.check_result order by all").fetchall()
    assert [row[:3] for row in rows] == [
        ("completeness_company", "company", False),
        ("completeness_entity", "entity", False),
        ("completeness_field", "field", False),
        ("completeness_field_closed", "closed", False),
        ("row_counts", "x", True),
    ]
    assert {row[3].split()[0] for row in rows} == {"great_expectations", "sql"}


def test_nothing_to_judge_gives_no_verdicts(con: duckdb.DuckDBPyConnection) -> None:
    assert judge(con) == {}


def test_a_broken_check_raises_and_keeps_the_earlier_verdicts(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The column that GX is asked about is missing: a real exception inside GX, reported as success = false."""
    judge(con, make_score("account_id", "lost", 1, 1))
    before = con.execute("select * from dq.check_result order by all").fetchall()
    monkeypatch.setattr(judgement, "_build_rows", lambda *_, scope: [{"check_key": 0, "scope": scope}])
    with pytest.raises(CheckBroken, match=r"could not be carried out.*shortfall_cells"):
        judge(con, make_score("account_id", "lost", 0, 1))
    assert con.execute("select * from dq.check_result order by all").fetchall() == before


def make_outcome(**changes: Any) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "success": False,
        "exception_info": {"raised_exception": False, "exception_message": None},
        "result": {
            "element_count": 3,
            "missing_count": 0,
            "unexpected_count": 1,
            "unexpected_index_list": [{"shortfall_cells": 5, "check_key": 2}],
        },
    }
    return {**outcome, **{key: value for key, value in changes.items() if key in outcome}} | {
        "result": outcome["result"] | {key: value for key, value in changes.items() if key not in outcome}
    }


def test_a_sound_outcome_names_the_failing_keys() -> None:
    assert read_failed_keys(make_outcome(), scope="open", expected_rows=3) == {2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exception_info": {"raised_exception": True, "exception_message": "out of memory"}}, "out of memory"),
        # GX 1.24 reports an exception of a metric one level down, under the metric's own name.
        ({"exception_info": {"metric": {"raised_exception": True, "exception_message": "no column"}}}, "no column"),
        ({"element_count": 0}, "judged 0 of 3 rows"),  # an empty batch is called a failure
        ({"missing_count": 1}, "judged 2 of 3 rows"),  # a null would be skipped and so pass
        ({"unexpected_count": 2}, "contradicts itself"),  # a cut list of failures
        ({"success": True}, "contradicts itself"),
        ({"success": False, "unexpected_count": 0, "unexpected_index_list": []}, "contradicts itself"),
    ],
)
def test_an_outcome_that_proves_nothing_about_the_data_raises(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckBroken, match=message):
        read_failed_keys(make_outcome(**changes), scope="open", expected_rows=3)


def test_the_company_has_its_own_target() -> None:
    standards = load_standards()
    strict = standards.headline.model_copy(update={"target": 1})
    with duckdb.connect() as con:
        create_shared_tables(con)
        scores = [make_score("account_id", "lost", 95, 100)]
        results = judge_completeness(con, as_of=AS_OF, scores=scores, standards=replace(standards, headline=strict))
    assert {result.scope: result.passed for result in results} == {
        "company": False, "entity": True, "field": True, "closed": True,
    }  # fmt: skip
