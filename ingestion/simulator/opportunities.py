"""The way of every deal through the stages, with the reopened, skipped and moved-back ones, and who worked on it."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.draws import quoted
from ingestion.simulator.world import World

LOST = 0


def build_opportunities(world: World) -> None:
    """Tables ``opportunity`` (deal with owner and irregularities) and ``stage_event``.

    ``ts`` is when a deal entered a stage, ``known_at`` when somebody wrote it down: later than ``ts`` where the change
    was backdated.
    """
    _build_owners(world)
    _build_opportunity(world)
    _build_events(world)


def _build_owners(world: World) -> None:
    # Seats that are taken over the whole of a year share its deals.
    world.run(
        """create table seat_pick as
        select year, territory, seat, row_number() over (partition by year, territory order by seat) as place,
            count(*) over (partition by year, territory) as places
        from seat_year join seat using (seat) where is_front and not opens and not closes""",
    )


def _build_opportunity(world: World) -> None:
    d = {name: world.share(rate) for name, rate in p.DIRT.items()}
    start = world.plan.start.year
    world.run(
        f"""create table opportunity as
        with placed as (
            select deal.*, account_no, account_id, territory, a.centre, a.region, a.industry as account_industry,
                greatest(year(deal.created_at), {start})::smallint as seat_year,
                after_days(deal.created_at, response_h / 24) + interval 20 minute as converted_at
            from deal join deal_account using (i) join account as a using (account_no)),
        seated as (
            select picked.*, seat from (
                select placed.*, 1 + floor(u('owner', account_no * 100 + seat_year % 100) * places)::bigint as place
                from placed join (select year as seat_year, territory, max(places) as places from seat_pick
                    group by all)
                    using (seat_year, territory)) as picked
            join seat_pick as s on s.year = seat_year and s.territory = picked.territory and s.place = picked.place),
        -- Seats have one occupant a day: an equal join with a span is cheaper here than an ASOF join.
        owned as (
            select seated.*, first.person as first_owner from seated join occupancy as first on first.seat = seated.seat
                and greatest(created_at::date, date '{start}-01-01') between first.from_on and first.to_on)
        select owned.* exclude (territory, place), coalesce(last.person, first_owner) as last_owner,
            format('O{{:011d}}', i) as opportunity_id,
            pick(['P-A1', 'P-A1', 'P-A2', 'P-A3', 'P-B1', 'P-B2', 'P-C1', 'P-AS'], u('deal.product', i)) as product_id,
            (round(exp(ln(900000) + 0.6 * z('deal.estimate', i)) / 1000) * 100000)::bigint as estimate_fen,
            u('deal.skips', i) < {d["skipped"]} and (is_won or lost_in = 4) as skips,
            u('deal.back', i) < {d["moved_back"]} and (is_won or lost_in >= 3)
                and least(stage_4_at, closed_at) > stage_3_at + interval 8 hour as moves_back,
            u('deal.reopens', i) < {d["reopened"]} and is_won
                and closed_at > stage_4_at + interval 2 day as reopens,
            -- As a share of the won deals, of which there are about as many as deals lost in the fourth stage.
            u('deal.cancels', i) < {d["cancelled_contract"]} and coalesce(lost_in = 4, false)
                -- Within one month, so that no month's end falls between signature and cancellation.
                and month(after_days(stage_4_at, date_diff('second', stage_4_at, closed_at) / 86400.0 * 0.4))
                    = month(closed_at) as cancels,
            closed_at + to_days((6 + floor(u('deal.handover', i) * 9))::integer) as after_sales_at
        from owned left join occupancy as last on last.seat = owned.seat
            and greatest(closed_at::date, date '{start}-01-01') between last.from_on and last.to_on"""
    )


def _build_events(world: World) -> None:
    between = "after_days({0}, date_diff('second', {0}, {1}) / 86400.0 * {2})"
    reopened = between.format("stage_4_at", "closed_at", "{}")
    back = between.format("stage_3_at", "least(stage_4_at, closed_at)", "{}")
    world.run(
        f"""create table stage_event as
        with events as (
            select i, 1 as to_no, created_at as ts, converted_at as known_at from opportunity
            union all
            select i, 2, stage_2_at, null from opportunity where is_won or lost_in >= 2
            union all
            select i, 3, stage_3_at, null from opportunity where (is_won or lost_in >= 3) and (not skips or moves_back)
            union all
            select i, 4, case when skips and not moves_back then stage_3_at else stage_4_at end, null
            from opportunity where is_won or lost_in = 4
            union all
            select i, 5, case when cancels then {reopened.format(0.4)} else closed_at end, null from opportunity
            where is_won or cancels
            union all
            select i, 6, after_sales_at, null from opportunity where is_won
            union all
            select i, {LOST}, closed_at, null from opportunity where not is_won
            union all
            select i, unnest([2, 3]), unnest([{back.format(0.3)}, {back.format(0.55)}]), null from opportunity
            where moves_back
            union all
            select i, unnest([{LOST}, 4]), unnest([{reopened.format(0.3)}, {reopened.format(0.55)}]), null
            from opportunity where reopens),
        numbered as (
            select i, to_no::tinyint as to_no, to_minute(ts) + to_seconds(if(to_no = 0, 7, to_no)) as ts, known_at,
                row_number() over (partition by i order by ts, to_no) as seq,
                lag(to_no) over (partition by i order by ts, to_no)::tinyint as from_no,
                lead(to_minute(ts) + to_seconds(if(to_no = 0, 7, to_no))) over (partition by i order by ts, to_no)
                    as left_at
            from events)
        select i, seq::tinyint as seq, from_no, to_no, ts, left_at, i * 16 + seq as e,
            greatest(coalesce(known_at, ts), case when seq > 1 and not cancels and u('event.late', i * 16 + seq)
                < {world.share(p.DIRT["backdated"])}
                then ts + to_days(2 + floor(u('event.late_by', i * 16 + seq) * 6)::integer) else ts end) as known_at
        from numbered join (select i, cancels from opportunity) using (i)""",
    )


def build_actions(world: World) -> None:
    """Tables ``stage_action``, ``action`` and ``survey_skip``: the key actions that were done."""
    listed = ", ".join(
        f"({stage}::tinyint, {n}, {quoted(code)}, {rate})"
        for stage, actions in goods.STAGE_ACTIONS.items()
        for n, (code, rate) in enumerate(actions)
    )
    skipped = ", ".join(f"({y}::smallint, {p.year_figures(y).no_survey_rate})" for y in
                        (world.plan.start.year - 1, *world.plan.years))  # fmt: skip
    world.run(
        f"create table action as from (values {listed}) as t(to_no, n, action_code, rate)",
        # Whether a deal that came to a proposal had its needs surveyed: an exact share of each cohort.
        f"""create table survey_skip as
        select i, row_number() over (partition by cohort order by u('survey.skip', i), i)
            <= round(rate * count(*) over (partition by cohort)) as no_survey
        from opportunity join (values {skipped}) as s(year, rate) on s.year = cohort
        where is_won or lost_in >= 3""",
        """create table stage_action as
        with first_visits as (
            select i, to_no, min(ts) as entered_at, arg_min(coalesce(left_at, ts + interval 5 day), ts) as left_at
            from stage_event where to_no > 0 group by all)
        select i, to_no, n, action_code, (i * 64 + to_no * 8 + n) as a,
            to_minute(after_days(entered_at, date_diff('second', entered_at, least(left_at, entered_at
                + interval 60 day))
                / 86400.0 * case when action_code in ('requirement_confirmed', 'contract_submitted') then 0.97
                    when action_code = 'proposal_submitted' then 0.9 else 0.1 + 0.2 * n + 0.2 * u('action.when',
                        a) end))
                as done_at,
            u('action.form', a) < 0.88 as form_complete
        from first_visits join action using (to_no) left join survey_skip using (i)
        where case when action_code = 'needs_survey' then coalesce(not no_survey, u('action', a) < 0.5)
            else u('action', a) < rate end""",
    )
