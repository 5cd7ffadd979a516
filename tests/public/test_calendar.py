"""The checked-in calendar is the State Council's: the same days as an independent list of its announcements."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

SEED = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "holiday.csv"


@pytest.mark.public
def test_every_day_off_and_every_make_up_day_is_the_announced_one(public_data: Path) -> None:
    reference = public_data.parent / "reference" / "china_holidays.csv"
    assert reference.is_file(), f"{reference} stands beside the public data, and is not there"
    with duckdb.connect() as con:
        differing = con.execute(
            f"""select coalesce(s.calendar_date, r.date), s.day_type, r.kind
            from read_csv('{SEED}') as s full join read_csv('{reference}') as r on s.calendar_date = r.date
            where s.day_type is distinct from if(r.kind = 'workday_makeup', 'make_up_workday', 'holiday') order by 1"""
        ).fetchall()
        (days,) = con.execute(f"select count(*) from read_csv('{SEED}')").fetchone() or (0,)
    assert differing == []
    assert days > 700
