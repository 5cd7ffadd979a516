"""What public sales warehouses are known to get wrong, held by cases; rates, refunds and merges have dbt unit tests.

A comparison with NULL that is never true empties a table in silence; a deal that nobody touched drops out of the
pipeline of later days; a stage that the list does not know falls out of every total; a duration comes out negative; a
name, an amount or a day stands in SQL.
"""

from __future__ import annotations

import re

import duckdb
import pytest
from dbt_sql import PROJECT, build_model, load_seed

SQL = {
    path.relative_to(PROJECT).as_posix(): re.sub(
        r"--[^\n]*|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S
    )
    for folder in ("models", "macros", "tests")
    for path in sorted((PROJECT / folder).rglob("*.sql"))
}
NEVER_TRUE = re.compile(r"(?:=|<>|!=)\s*null\b", re.IGNORECASE)
#: A day or an amount of the business; the first day of all days and the end of time are none.
TYPED_IN = re.compile(r"date '(?!1900-01-01|infinity)\d|(?<![\w.])\d{6,}(?![\w.])")
SCALES = {"10000000000": "ten decimals of a published ratio"}


@pytest.mark.parametrize("name", SQL)
def test_nothing_is_compared_with_null_by_equality(name: str) -> None:
    assert not NEVER_TRUE.search(SQL[name]), name


@pytest.mark.parametrize("name", SQL)
def test_no_day_and_no_amount_of_the_business_stands_in_sql(name: str) -> None:
    assert [found for found in TYPED_IN.findall(SQL[name]) if found not in SCALES] == [], name


def test_the_pattern_finds_what_it_looks_for() -> None:
    assert NEVER_TRUE.search("where commission_date <> null")
    assert TYPED_IN.findall("date '2026-01-01' and 5000000") == ["date '2", "5000000"]


def test_a_deal_that_nobody_touches_stays_in_the_pipeline_of_every_month() -> None:
    with duckdb.connect() as con:
        con.execute(
            """create table fct_opportunity_state as select 'quiet' as opportunity_id, 'CNY' as currency,
                date '2023-11-05' as valid_from, null::date as valid_to, 'open' as deal_state,
                'e' as owner_employee_id, 250 as amount_fen, null::date as expected_close_on,
                date '2023-11-05' as last_open_from"""
        )
        con.execute(
            """create table int_bridge_period as select 'month' as period_type,
                last_day(m - interval 1 month) as from_date, last_day(m) as to_date, last_day(m) as due_by
            from generate_series(date '2023-11-01', date '2024-03-01', interval 1 month) as months(m)"""
        )
        build_model(con, "int_pipeline_bridge_deal")
        rows = con.execute(
            """select to_date::varchar, movement, deals, amount_fen from int_pipeline_bridge_deal
            where horizon = 'all' order by to_date, movement = 'closing'"""
        ).fetchall()
    assert rows == [
        ("2023-11-30", "new", 1, 250),
        ("2023-11-30", "closing", 1, 250),
        *(
            (day, movement, 1, 250)
            for day in ("2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31")
            for movement in ("opening", "closing")
        ),
    ]


def test_a_stage_that_nobody_listed_is_open_pipeline_and_not_lost_from_it() -> None:
    with duckdb.connect() as con:
        load_seed(con, "stage")
        con.execute(
            """create table stg_crm__opportunity as
            select 's' as source_system, id as opportunity_id, stage as stage_code, false as is_deleted,
                null::date as closed_on, null::timestamptz as updated_at
            from (values ('known', 'proposal'), ('new_word', 'most_likely'), ('none', null)) as t(id, stage)"""
        )
        con.execute(
            """create table int_source_setting as select 'crm' as source, 's' as source_system,
                'Asia/Shanghai' as business_zone, date '2024-12-31' as data_through"""
        )
        con.execute(
            """create table int_opportunity_stage_visit (source_system varchar, opportunity_id varchar,
                visit_number bigint, stage_code varchar, entered_at timestamptz)"""
        )
        build_model(con, "int_opportunity_outcome")
        rows = con.execute("select opportunity_id, outcome from int_opportunity_outcome order by 1").fetchall()
    assert rows == [("known", "open"), ("new_word", "open"), ("none", "open")]
