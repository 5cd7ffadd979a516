"""The sales team: seats, who sits on them and when, what they may use, what they have learnt."""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.draws import STEPS, choose, quoted
from ingestion.simulator.world import World

#: (centre, region) pairs: inside one of them a reorganisation moves nobody.
TERRITORIES = tuple(dict.fromkeys((centre, region) for _, _, centre, region, _ in p.PROVINCES))
LEGAL_SEAT, FINANCE_SEAT, HEAD_SEAT = 1, 2, 3
SUPPORT_ROLES = ("法务", "财务", "销售副总裁", "市场专员", "售后工程师", "产品经理", "销售支持")


def territory_weights() -> list[float]:
    """Share of revenue of each territory in 2023; seats follow it."""
    centre_share = dict(zip(p.CENTRES, p.year_figures(2023).centre_shares, strict=True))
    return [
        centre_share[centre] * sum(share for _, _, c, r, share in p.PROVINCES if (c, r) == (centre, region))
        for centre, region in TERRITORIES
    ]


def build_people(world: World) -> None:
    """Tables ``seat``, ``occupancy`` (seat x person x span, without gaps) and ``person``.

    A seat that somebody leaves is taken by the next person on the day after, so that the headcount is that of the
    seats, to the day. Leavers are an exact number a year.
    """
    _build_seats(world)
    _build_occupancy(world)
    _move_regions(world)
    _build_person(world)


def _counts(world: World, year: int) -> tuple[int, int]:
    """Front-line and support seats at the end of a year."""
    figures = p.year_figures(year)
    heads = world.scaled(figures.headcount, least=13)
    front = max(9, round(heads * figures.frontline_share))
    return front, heads - front


def _build_seats(world: World) -> None:
    plan = world.plan
    rows = []
    for year in (plan.start.year - 1, *plan.years, plan.end.year + 1):
        front, support = _counts(world, max(year, plan.start.year))
        rows += [f"({year}, true, {front})", f"({year}, false, {support})"]
    world.run(f"create table seats_at_end as from (values {', '.join(rows)}) as t(year, is_front, n)")
    places = [(f"{n + 1}", weight) for n, weight in enumerate(territory_weights())]
    spread = f"spread('seat.place', {STEPS[0]}, n)"
    listed = ", ".join(f"({n + 1}, {quoted(c)}, {quoted(r)})" for n, (c, r) in enumerate(TERRITORIES))
    roles = f"[{', '.join(map(quoted, SUPPORT_ROLES))}]"
    world.run(
        f"create table territory as from (values {listed}) as t(territory, centre, region)",
        # The first seats go one to each territory, so that the smallest company covers them all.
        f"""create table seat as
        with numbered as (
            select is_front, unnest(range(1, max(n) + 1))::integer as n from seats_at_end group by is_front),
        placed as (
            select *, case when not is_front then 0 when n <= {len(TERRITORIES)} then n
                else {choose(spread, places)} end as territory,
                case when is_front then n else 500000 + n end as seat
            from numbered)
        select seat, is_front, n, territory, coalesce(centre, {quoted(p.HEAD_OFFICE)}) as centre,
            coalesce(region, {quoted(p.HEAD_OFFICE)}) as region,
            row_number() over (partition by territory order by n)::integer as place_no,
            count(*) over (partition by territory)::integer as places,
            case when not is_front then {roles}[case when n <= 3 then n else 4 + n % 4 end]
                when place_no = 1 then '区域总监' when place_no % 9 = 2 then '区域经理' else '客户经理' end as role
        from placed left join territory using (territory)""",
    )


def _build_occupancy(world: World) -> None:
    # A seat lives from the year in which its number is first needed to the one in which it no longer is.
    world.run(
        """create table seat_year as
        with counted as (
            select year, is_front, n as n_end, lag(n) over (partition by is_front order by year) as n_start
            from seats_at_end)
        select seat, year, n > n_start as opens, n > n_end as closes,
            case when opens then make_date(year, 1, 4) + floor(u('seat.opens', seat * 100 + year % 100) * 80)::integer
                else make_date(year, 1, 1) end as from_on,
            case when closes then make_date(year, 5, 1) + floor(u('seat.closes', seat * 100 + year % 100) * 90)::integer
                else make_date(year, 12, 31) end as to_on
        from counted join seat using (is_front)
        where n_start is not null and n <= greatest(n_start, n_end)""",
    )
    leavers = ", ".join(
        f"({year}, {world.scaled(p.year_figures(year).leavers)})"
        for year in (*world.plan.years, world.plan.end.year + 1)
    )
    world.run(
        f"create table leavers_planned as from (values {leavers}) as t(year, leavers)",
        # The three approvers of the head office stay: every approval runs over their desks.
        f"""create table turnover as
        select seat, year, make_date(year, 1, 20) + floor(u('leave.on', seat * 100 + year % 100) * 330)::integer
            as left_on
        from seat_year join leavers_planned using (year) join seat using (seat)
        where not opens and not closes and not (not is_front and n <= {HEAD_SEAT})
        qualify row_number() over (partition by year order by u('leave.who', seat * 100 + year % 100), seat) <= leavers
            - (select count(*) from seat_year as c where c.closes and c.year = seat_year.year)""",
        """create table piece as
        select seat, year, from_on, coalesce(left_on, to_on) as to_on, opens as is_new,
            left_on is not null or closes as ends
        from seat_year left join turnover using (seat, year)
        union all
        select seat, year, left_on + 1, to_on, true, false from seat_year join turnover using (seat, year)""",
        """create table occupancy as
        with numbered as (
            select *, sum(is_new::integer) over (partition by seat order by from_on rows unbounded preceding) as ordinal
            from piece)
        select seat, (seat::bigint * 100 + ordinal)::bigint as person, min(from_on) as from_on, max(to_on) as to_on,
            bool_or(ends) as ends
        from numbered group by all""",
    )


def _move_regions(world: World) -> None:
    """Pairs of reps change places: one of the East, one of the South, in the middle of a quarter (golden case T4)."""
    for day, pairs in p.REGION_MOVES:
        if not world.plan.start.isoformat() < day <= f"{world.plan.end.year}-12-31":
            continue
        count = world.scaled(pairs)
        world.run(
            f"""create or replace temp table swap as
            with candidate as (
                select seat, person, territory, row_number() over (
                    partition by territory order by u('move.{day}', person), person) as pair
                from occupancy join seat using (seat)
                where territory in (1, 2) and place_no > 1 and from_on < date '{day}' - 90 and to_on > date '{day}'
                    + 90)
            select a.seat, a.person, b.person as other_person from candidate as a join candidate as b using (pair)
            where a.territory <> b.territory and pair <= {count}""",
            f"""create or replace table occupancy as
            select * replace (date '{day}' - 1 as to_on, false as ends) from occupancy
            where person in (select person from swap) and from_on < date '{day}' and to_on >= date '{day}'
            union all
            select * exclude (other_person) replace (other_person as person, date '{day}' as from_on) from (
                select occupancy.*, other_person from occupancy join swap using (seat, person)
                where from_on < date '{day}' and to_on >= date '{day}')
            union all
            select * from occupancy
            where not (person in (select person from swap) and from_on < date '{day}' and to_on >= date '{day}')""",
        )


def _build_person(world: World) -> None:
    start = world.plan.start
    cores = ", ".join(
        f"({year}, {p.year_figures(year).core_leaver_share}, {p.year_figures(year).open_access_rate})"
        for year in (*world.plan.years, world.plan.end.year + 1)
    )
    world.run(
        # Who was there when the books opened has been hired in the five years before.
        f"""create table person as
        with spans as (
            select person, min(from_on) as first_on, max(to_on) as last_on, bool_or(ends) as leaves,
                arg_min(seat, from_on) as first_seat
            from occupancy group by person),
        ranked as (
            select *, case when leaves then year(last_on) end as year,
                row_number() over (partition by year order by u('leaver.core', person), person) as core_rank,
                row_number() over (partition by year order by u('leaver.access', person), person) as access_rank,
                count(*) over (partition by year) as leavers
            from spans)
        select person, format('U{{:08d}}', person) as user_id, format('E{{:08d}}', person) as employee_no,
            format('示例员工{{:08d}}', person) as name, first_seat, is_front,
            case when first_on = date '{start}' then first_on - 30 - floor(u('hired', person) * 1800)::integer
                else first_on end as hired_on,
            case when leaves then last_on end as left_on,
            case when leaves then core_rank <= round(core_share * leavers) else u('core', person) < 0.3 end as is_core,
            case when leaves then access_rank <= round(open_rate * leavers) else false end as keeps_access,
            case when leaves then pick(['薪酬激励', '职业发展', '个人原因', '工作压力'], u('leave.why', person)) end
                as leave_reason
        from ranked join seat on seat = first_seat
        left join (values {cores}) as c(year, core_share, open_rate) using (year)""",
    )
