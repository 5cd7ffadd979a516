"""Working time on the official calendar, by cases worked out by hand (golden cases of the plan, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from dbt_sql import build_model, load_seed, render
from hypothesis import given, settings
from hypothesis import strategies as st

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONE = "'Asia/Shanghai'"


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        for seed in ("holiday", "company_day", "working_shift"):
            load_seed(opened, seed)
        build_model(opened, "dim_date")
        yield opened


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def measure(con: duckdb.DuckDBPyConnection, first: datetime | None, second: datetime | None) -> tuple[object, ...]:
    """(working days, working minutes, provisional) between two instants."""
    con.execute(
        "create or replace temp table spans as select ?::timestamptz as a, ?::timestamptz as b", [first, second]
    )
    query = render(f"{{{{ with_working_time('spans', 'dim_date', 'a', 'b', \"{ZONE}\") }}}}")
    row = con.execute(f"select working_days, working_minutes, is_calendar_provisional from ({query})").fetchone()
    assert row is not None
    return row


def find_due(con: duckdb.DuckDBPyConnection, start: datetime, unit: str, n: int) -> datetime:
    con.execute("create or replace temp table starts as select ?::timestamptz as a", [start])
    query = render(f"{{{{ with_due_after_working_{unit}('starts', 'dim_date', 'a', {n}, \"{ZONE}\") }}}}")
    row = con.execute(f"select due_at from ({query})").fetchone()
    assert row is not None
    return row[0].astimezone(SHANGHAI)


def test_t1_spring_festival_takes_eleven_working_hours_of_233(con: duckdb.DuckDBPyConnection) -> None:
    first, second = local("2024-02-08 17:00"), local("2024-02-18 10:00")
    assert second - first == timedelta(hours=233)
    assert measure(con, first, second) == (2, 11 * 60, False)


def test_t1_two_working_hours_where_the_company_is_off_on_the_eve() -> None:
    with duckdb.connect() as con:
        for seed in ("holiday", "company_day", "working_shift"):
            load_seed(con, seed)
        con.execute("insert into company_day values ('2024-02-09', false, '除夕')")
        build_model(con, "dim_date")
        assert measure(con, local("2024-02-08 17:00"), local("2024-02-18 10:00")) == (1, 2 * 60, False)


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        ("2024-09-27", "2024-10-09", 4),  # the make-up Sunday 09-29, 09-30, 10-08, 10-09; Monday to Friday says 8
        ("2024-09-27", "2024-09-27", 0),
        ("2024-09-28", "2024-09-29", 1),  # from a Saturday off to the Sunday that makes up
        ("2024-10-01", "2024-10-07", 0),  # the whole holiday
        ("2024-10-09", "2024-09-27", -4),
        ("2023-12-31", "2024-12-31", 251),  # all of 2024
    ],
)
def test_t2_working_days_are_those_after_the_first_up_to_the_second(
    con: duckdb.DuckDBPyConnection, first: str, second: str, days: int
) -> None:
    assert measure(con, local(f"{first} 09:00"), local(f"{second} 09:00"))[0] == days


@pytest.mark.parametrize(
    ("start", "unit", "n", "due"),
    [
        ("2024-09-30 16:30", "days", 1, "2024-10-08 16:30"),  # over the whole holiday
        ("2024-09-30 16:30", "hours", 24, "2024-10-10 13:30"),  # 1.5 h, 9 h, 9 h, 4.5 h
        ("2024-09-30 16:30", "hours", 1, "2024-09-30 17:30"),
        ("2024-09-30 16:00", "hours", 2, "2024-09-30 18:00"),  # used up at the end of the day, not the next morning
        ("2024-09-30 20:00", "hours", 1, "2024-10-08 10:00"),  # after work: the clock starts when work does
        ("2024-10-03 12:00", "hours", 9, "2024-10-08 18:00"),
        ("2024-09-28 12:00", "days", 1, "2024-09-29 12:00"),
    ],
)
def test_t3_due_instants(con: duckdb.DuckDBPyConnection, start: str, unit: str, n: int, due: str) -> None:
    assert find_due(con, local(start), unit, n) == local(due)


@pytest.mark.parametrize("opened", ["2024-05-18 10:00", "2024-05-19 23:59"])
@pytest.mark.parametrize(
    ("hours", "answered", "is_met"),
    [
        (9, "2024-05-20 18:00", True),
        (9, "2024-05-20 18:01", False),
        (9, "2024-05-26 10:00", False),
        (18, "2024-05-21 18:00", True),
        (18, "2024-05-25 10:00", False),
    ],
)
def test_a_weekend_neither_meets_a_limit_nor_lifts_it(
    con: duckdb.DuckDBPyConnection, opened: str, hours: int, answered: str, is_met: bool
) -> None:
    """Opened on a Saturday or Sunday, the clock starts on Monday, and every limit holds, the short and the long one."""
    assert (local(answered) <= find_due(con, local(opened), "hours", hours)) is is_met


def test_t4_a_move_in_may_splits_the_quarter_28_to_34_of_62(con: duckdb.DuckDBPyConnection) -> None:
    """A span [from, to) holds the working days after the eve of its first day up to the eve of its last."""
    parts = [
        measure(con, local(f"{first} 00:00") - timedelta(days=1), local(f"{end} 00:00") - timedelta(days=1))[0]
        for first, end in [("2024-04-01", "2024-05-13"), ("2024-05-13", "2024-07-01"), ("2024-04-01", "2024-07-01")]
    ]
    assert parts == [28, 34, 62]


def test_t10_the_business_day_is_the_one_of_the_business_zone(con: duckdb.DuckDBPyConnection) -> None:
    query = render(f'select {{{{ business_date("timestamptz \'2023-12-31T16:00:00Z\'", "{ZONE}") }}}}')
    assert str(con.execute(query).fetchone()[0]) == "2024-01-01"  # type: ignore[index]
    # Eight in the evening in London is the next morning before work in Shanghai: nothing is worked yet.
    assert measure(con, local("2024-01-02 18:00"), datetime(2024, 1, 2, 20, tzinfo=UTC)) == (1, 0, False)


def test_t14_a_year_without_an_announced_calendar_is_marked(con: duckdb.DuckDBPyConnection) -> None:
    assert measure(con, local("2026-12-30 09:00"), local("2027-01-04 09:00"))[2] is True
    assert measure(con, local("2026-12-30 09:00"), local("2026-12-31 09:00"))[2] is False
    assert con.execute(
        "select calendar_year, count(*) from dim_date where calendar_status = 'provisional' group by 1 order by 1"
    ).fetchall() == [(2027, 365), (2028, 366), (2029, 365), (2030, 365)]


def test_a_missing_instant_gives_no_time(con: duckdb.DuckDBPyConnection) -> None:
    assert measure(con, local("2024-01-02 09:00"), None)[:2] == (None, None)


_INSTANTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 1)).map(lambda t: t.replace(microsecond=0))


@settings(max_examples=60, deadline=None)
@given(first=_INSTANTS, middle=_INSTANTS, last=_INSTANTS)
def test_working_time_adds_up_over_any_point_between(
    con: duckdb.DuckDBPyConnection, first: datetime, middle: datetime, last: datetime
) -> None:
    con.execute(
        "create or replace temp table spans as from (values (?::timestamptz, ?::timestamptz, 'part'), (?, ?, 'part'), "
        "(?, ?, 'whole')) as t(a, b, kind)",
        [t.replace(tzinfo=SHANGHAI) for t in (first, middle, middle, last, first, last)],
    )
    query = render(f"{{{{ with_working_time('spans', 'dim_date', 'a', 'b', \"{ZONE}\") }}}}")
    sums = con.execute(
        f"select distinct sum(working_seconds), sum(working_days) from ({query}) group by kind"
    ).fetchall()
    assert len(sums) == 1


@settings(max_examples=60, deadline=None)
@given(start=_INSTANTS, hours=st.integers(1, 200))
def test_what_is_due_after_so_many_hours_is_so_many_hours_away(
    con: duckdb.DuckDBPyConnection, start: datetime, hours: int
) -> None:
    begun = start.replace(tzinfo=SHANGHAI)
    assert measure(con, begun, find_due(con, begun, "hours", hours))[1] == hours * 60
