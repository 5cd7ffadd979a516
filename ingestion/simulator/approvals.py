"""Approvals and quotes: what contracts wait for, who grants a discount, and what the OA system forgets to link."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.draws import STEPS
from ingestion.simulator.people import FINANCE_SEAT, HEAD_SEAT, LEGAL_SEAT
from ingestion.simulator.world import World

_SUPPORT = 500_000


def build_approvals(world: World) -> None:
    """Tables ``contract_approval``, ``discount_approval``, ``other_approval``: who asked when, who decided when."""
    _build_cases(world)


def build_quotes_and_discounts(world: World) -> None:
    """Tables ``approval``, ``approval_task``, ``discount_desk`` and ``quote``: steps and offers."""
    _build_tasks(world)
    _build_quotes(world)


def _build_cases(world: World) -> None:
    years = (world.plan.start.year - 1, *world.plan.years, world.plan.end.year + 1)
    linked = ", ".join(
        f"({y}::smallint, {p.year_figures(y).oa_link_rate}, {p.year_figures(y).discount_days})" for y in years
    )
    world.run(
        "create table director as select territory, min(seat) as seat from seat where is_front group by territory",
        f"create table approval_plan as from (values {linked}) as t(year, link_rate, discount_days)",
        # Counted back from the signature: approved so many days before, handed in so many working days before that.
        f"""create table contract_approval as
        with approved as (
            select o.i, o.sign_year, sign_on, approval_wd, account_no, last_owner, seat,
                least(cal.near, prev.prev_workday) as approved_on
            from opportunity as o join cal on cal.d = sign_on - signing_days
            join cal as prev on prev.d = sign_on
            where is_won)
        select a.i, a.sign_year, a.account_no, a.last_owner, a.seat, a.approved_on, wday.d as submitted_on, approval_wd,
            cal.wd as approved_wd, wday.wd as submitted_wd,
            u('approval.rework', a.i) < {goods.REWORK_SHARE} as is_reworked,
            row_number() over (partition by a.sign_year order by u('approval.link', a.i), a.i)
                <= round(link_rate * count(*) over (partition by a.sign_year)) as is_linked
        from approved as a join cal on cal.d = approved_on join wday on wday.wd = cal.wd - approval_wd
        join approval_plan on approval_plan.year = a.sign_year""",
        # A discount above 5 % is asked for in negotiation; few go past the one who should decide (plan 2.5, 4.1).
        f"""create table discount_approval as
        with asked as (
            select i, seat, first_owner, discount_bp, to_minute(least(stage_4_at, closed_at - interval 1 day))
                + interval 1 hour as asked_at, year(asked_at) as year
            from opportunity where discount_bp > 500 and (is_won or lost_in = 4)),
        timed as (
            select asked.*, row_number() over (partition by asked.year order by i) as rn, discount_days
            from asked join approval_plan using (year))
        select i, seat, first_owner, discount_bp, asked_at, to_minute(after_days(asked_at, greatest(0.02,
            weibull(spread('discount.days', {STEPS[2]}, rn), discount_days)))) as decided_at,
            case when asked_at < timestamp '{p.REORGANISED_ON}' or discount_bp <= 1000 then 'director' else 'head' end
                as needed, u('discount.rogue', i) < {world.share(p.UNAUTHORISED_SHARE)} as is_rogue,
            case when is_rogue then 'manager' else needed end as decided_by
        from timed""",
        # Reimbursements and the like: nobody's deal, but the same OA system.
        f"""create table other_approval as
        with wanted as (
            select year, year * 1000000 + n as x from range({world.plan.start.year}, {world.plan.end.year + 1})
                as y(year),
                range(1, {world.scaled(220) + 1}) as t(n)),
        dated as (
            select x, near as day, seat from wanted
            join cal on cal.d = make_date(wanted.year, 1, 4) + floor(u('other.day', x) * 350)::integer
            join (select year, count(*) as seats from seat_pick group by year) as c on c.year = wanted.year
            join (select seat, year, row_number() over (partition by year order by seat) as k from seat_pick) as s
                on s.year = wanted.year and k = 1 + floor(u('other.who', x) * seats)::bigint)
        select x, day, person, (20000 + floor(pow(u('other.sum', x), 3) * 900000))::bigint as fen,
            to_minute(office_time(day, u('other.time', x) * 0.9)) as asked_at,
            to_minute(office_time(day, 0.5) + to_hours(20 + floor(expo(u('other.days', x), 40))::integer)) as decided_at
        from dated asof join occupancy as oc on oc.seat = dated.seat and day >= oc.from_on""",
    )


def _build_tasks(world: World) -> None:
    # The desks of the region and of the head office at the time: whoever sits there decides.
    desks = " union all ".join(
        f"select {no} as node, '{name}' as node_name, {share} as share" for no, name, share in goods.APPROVAL_DESKS
    )
    world.run(
        f"create table desk as {desks}",
        "create table desk_person as select seat, person, from_on from occupancy",
        f"""create table approval_task as
        with steps as (
            select a.i, node, node_name, a.seat as owner_seat, submitted_on, submitted_wd, approval_wd, is_reworked,
                submitted_wd + round(approval_wd * share)::bigint as done_wd,
                case node when 1 then director.seat when 2 then {_SUPPORT + LEGAL_SEAT}
                    when 3 then {_SUPPORT + FINANCE_SEAT} else {_SUPPORT + HEAD_SEAT} end as seat
            from contract_approval as a join seat using (seat) join director using (territory), desk),
        dated as (
            select steps.*, d as done_on, case when d = submitted_on then 0.12 else 0.05 end + 0.22 * (node - 1)
                + 0.15 * u('task.when', steps.i * 8 + node) as part
            from steps join wday on wday.wd = done_wd)
        select dated.i, node, node_name, person, to_minute(office_time(done_on, part)) + to_seconds(node) as done_at,
            submitted_on, is_reworked
        from dated asof join desk_person as p on p.seat = dated.seat and greatest(done_on,
            date '{world.plan.start}') >= p.from_on""",
        f"""create table discount_desk as
        with placed as (
            select a.i, case decided_by when 'head' then {_SUPPORT + HEAD_SEAT} when 'director' then director.seat
                else a.seat end as seat, greatest(decided_at::date, date '{world.plan.start}') as day
            from discount_approval as a join seat using (seat) join director using (territory))
        select placed.i, person from placed asof join occupancy as o on o.seat = placed.seat and day >= from_on""",
        """create table approval as
        select a.i as x, a.i, 'contract' as kind, last_owner as person,
            to_minute(office_time(submitted_on, 0.05 * u('approval.at', a.i))) as asked_at, done_at as decided_at,
            is_linked, is_reworked
        from contract_approval as a join (select i, max(done_at) as done_at from approval_task group by i) using (i)""",
    )


def _build_quotes(world: World) -> None:
    """One to three versions of an offer for every deal that came to a proposal."""
    world.run(
        f"""create table quote as
        with offered as (
            select o.i, o.first_owner, o.discount_bp, o.closed_at, o.is_won, o.stage_3_at, o.stage_4_at, o.lost_in,
                estimate_fen, 1 + (u('quote.versions', o.i) < 0.45)::integer
                    + (u('quote.versions', o.i) < 0.15)::integer as versions,
                expo(u('quote.days', o.i), {goods.PROPOSAL_DAYS}) as days
            from opportunity as o where o.is_won or o.lost_in >= 3)
        select i, version_no, i * 4 + version_no as q, first_owner, versions, is_won,
            to_minute(least(after_days(stage_3_at, days + 3.0 * (version_no - 1)), closed_at - interval 2 hour
                + to_minutes(10 * version_no::integer))) as submitted_at,
            case when version_no = versions then discount_bp else discount_bp // 2 end as bp, discount_bp as last_bp,
            estimate_fen, closed_at
        from (select *, unnest(range(1, versions + 1))::integer as version_no from offered)""",
    )
