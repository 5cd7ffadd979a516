"""How people use their tools: records updated day by day, training, certificates, access."""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.draws import quoted
from ingestion.simulator.world import World

_COURSES = 6


def build_tools(world: World) -> None:
    """Tables ``change``, ``training``, ``certificate`` and ``access``.

    On each working day exactly so many front-line people update a record that the year's rate is met to the person.
    """
    years = ", ".join(
        f"({y}::smallint, {p.year_figures(y).daily_update_rate}, {p.year_figures(y).training_hours})"
        for y in world.plan.years
    )
    empty = world.share(p.DIRT["empty_update"])
    skills = ", ".join(
        f"({n}, {quoted(skill)}, {share})"
        for n, (skill, share) in enumerate([*p.SKILLS.items(), ("ai_assistant", p.AI_ASSISTANT_SHARE)])
    )
    world.run(
        f"create table tool_plan as from (values {years}) as t(year, update_rate, hours)",
        """create table duty as
        select d, cal.year::smallint as year, person, person * 4000 + (d - date '2020-01-01') as y
        from cal join occupancy on d between from_on and to_on join seat using (seat)
        where is_front and is_workday and cal.year in (select year from tool_plan)""",
        f"""create table change as
        with sized as (
            select *, sum(n) over (partition by year order by d) as so_far
            from (select d, year, count(*) as n from duty group by d, year)),
        planned as (
            select d, (round(update_rate * so_far) - round(update_rate * (so_far - n)))::bigint as updaters
            from sized join tool_plan using (year)),
        ranked as (
            select duty.*, updaters, row_number() over (partition by d
                order by 2.2 * z('update.habit', person) + z('update.day', y) desc, y) as place
            from duty join planned using (d)),
        chosen as (
            select *, place <= updaters as is_real from ranked
            where place <= updaters or u('update.empty', y) < {empty})
        select y * 4 + n as h, d, person, is_real, case when is_real then pick(['phone', 'stage_code',
            'expected_close_on',
                'amount', 'industry'], u('update.field', y * 4 + n)) else 'updated_at' end as field,
            to_minute(office_time(d, u('update.time', y * 4 + n))) + to_seconds(n) as ts
        from (select *, unnest(case when is_real and u('update.twice', y) < 0.3 then [0, 1] else [0] end)::integer as n
            from chosen)""",
        f"""create table training as
        with heads as (
            select year, count(*) / count(distinct d)::double as heads from occupancy join cal on d between from_on
                and to_on
            where day(d) = 1 and year in (select year from tool_plan) group by year),
        attended as (
            select cal.year::smallint as year, person, c, person * 100 + c + cal.year * 10000000000 as k, d as passed_on
            from range(1, {_COURSES + 1}) as t(c) join cal on d in (select make_date(year, (2 * c)::integer, 15)
                from tool_plan) and month(d) = 2 * c
            join occupancy on d between from_on and to_on),
        counted as (
            select a.*, round(2 * hours * heads)::bigint as half_hours, count(*) over (partition by a.year) as n,
                row_number() over (partition by a.year order by u('training.more', k), k) as place
            from attended as a join heads using (year) join tool_plan using (year))
        select year, person, format('T{{}}-{{}}', year, c) as course_id, passed_on,
            half_hours // n + (place <= half_hours % n)::integer as half_hours
        from counted""",
        f"""create table certificate as
        with first_day as (
            select person, min(from_on) as from_on from occupancy join seat using (seat) where is_front
                group by person),
        there as (
            select person, case when d is null then 0 else 1 end as is_there from first_day
            left join (select person, d from occupancy join cal on d between from_on and to_on
                where d = date '2023-12-31') using (person)),
        ranked as (
            select skill, n, share, person, from_on, is_there, row_number() over (partition by skill, is_there
                order by u('skill', person * 8 + n), person) as place,
                count(*) over (partition by skill, is_there) as people
            from there join first_day using (person), (values {skills}) as s(n, skill, share))
        select person, skill, case when from_on < date '2023-06-01' then greatest(date '2021-03-01'
            + (floor(u('skill.on', person * 8 + n) * 600))::integer, from_on) else from_on end as valid_from
        from ranked
        where case when is_there = 1 then place <= round(share * people) else u('skill', person * 8 + n) < share end""",
        f"""create table access as
        select person, unnest([{", ".join(quoted(s) for s in p.SYSTEMS if s != "ai_assistant")}]) as system_code,
            hired_on as opened_on, left_on, keeps_access from person
        union all
        select person, 'ai_assistant', valid_from, left_on, false from certificate join person using (person)
        where skill = 'ai_assistant'""",
        "delete from certificate where skill = 'ai_assistant'",
    )
