"""Working days of the company's years: the State Council's holidays and make-up days, else Monday to Friday."""

from __future__ import annotations

from pathlib import Path

from ingestion.simulator.draws import quoted
from ingestion.simulator.world import World

#: date,kind: ``holiday`` is off, ``workday`` is a Saturday or Sunday worked to make up for one. 2021-10 to 2026; a
#: later year is Monday to Friday until somebody adds it.
CALENDAR_FILE = Path(__file__).parent / "calendar_cn.csv"
#: Eve of the Chinese New Year's week, by year: when nobody buys.
NEW_YEAR_WEEKS = {
    2022: "2022-01-31", 2023: "2023-01-21", 2024: "2024-02-10", 2025: "2025-01-28", 2026: "2026-02-15",
}  # fmt: skip


def build_calendar(world: World) -> None:
    """Table ``cal``: one row a day. ``wd`` counts working days up to and including the day; ``near`` is the closest
    working day, an equally close earlier one before a later one; ``wday`` finds the day of a count.
    """
    first, last = world.plan.start.year - 1, world.plan.end.year + 2
    world.run(
        f"""create table cal as
        with days as (
            select d::date as d, year(d) as year, coalesce(kind = 'workday' or (kind is null and isodow(d) <= 5), false)
                as is_workday
            from range(date '{first}-01-01', date '{last + 1}-01-01', interval 1 day) as t(d)
            left join read_csv({quoted(str(CALENDAR_FILE))}, columns = {{'date': 'date', 'kind': 'varchar'}}) as h
                on h.date = t.d::date)
        select d, year, is_workday, sum(is_workday::integer) over (order by d)::bigint as wd,
            max(case when is_workday then d end) over (order by d) as prev_workday,
            min(case when is_workday then d end) over (order by d rows between current row and unbounded following)
                as next_workday,
            case when d - prev_workday <= next_workday - d then prev_workday else next_workday end as near
        from days order by d""",
        "create table wday as select wd, d from cal where is_workday",
    )
