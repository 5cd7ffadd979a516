"""After the sale: tickets, how fast they were answered, and what customers say when asked."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.world import World


def build_service(world: World) -> None:
    """Tables ``ticket``, ``survey`` and ``churn_reason``.

    The mean time to the first answer and the share of satisfied answers are those of the year, to the minute and the
    answer. A customer with a slow ticket leaves more often.
    """
    figures = ", ".join(
        f"({y}::smallint, {p.year_figures(y).response_hours}, {p.year_figures(y).satisfaction})"
        for y in world.plan.years
    )
    world.run(
        f"create table service_plan as from (values {figures}) as t(year, hours, satisfaction)",
        # The years' customers; who has a slow ticket is known from what makes customers leave.
        f"""create table ticket as
        with asked as (
            select year, account_no, unnest(range(0, 1 + least(9, floor(expo(u('tickets', account_no * 100
                + year % 100),
                {goods.TICKETS_MEAN}))::integer))) as n
            from customer_year where year <= {world.plan.end.year}),
        drawn as (
            select asked.*, (account_no * 100 + asked.year % 100) * 16 + n as t, n = 0 and coalesce(is_slow, false)
                as is_slow,
                waking_time(make_date(asked.year, 1, 2) + floor(u('ticket.day', t) * 355)::integer, u('ticket.time', t))
                    as opened_at,
                case when n = 0 and coalesce(is_slow, false) then {60 * goods.SLOW_HOURS}
                    + floor(u('ticket.slow', t) * 240)
                    else 10 + 240 * exp(0.7 * z('ticket.wait', t)) end::bigint as raw_minutes
            from asked left join churn using (year, account_no)),
        fitted as (
            select drawn.*, hours, sum(case when is_slow then raw_minutes else 0 end) over (partition by year)
                as slow_sum,
                sum(case when is_slow then 0 else raw_minutes end) over (partition by year) as quick_sum,
                count(*) over (partition by year) as tickets
            from drawn join service_plan using (year))
        select year::smallint as year, account_no, t, is_slow, to_minute(opened_at) as opened_at,
            case when is_slow then raw_minutes else greatest(1, round(raw_minutes
                * greatest(0.05, (hours * 60 * tickets - slow_sum::double) / quick_sum::double)))::bigint end
                    as wait_minutes,
            to_minute(opened_at) + to_minutes(wait_minutes::integer) as answered_at,
            to_minute(opened_at) + to_minutes(wait_minutes::integer + 30
                + (60 * exp(2.2 + 0.8 * z('ticket.work', t)))::bigint::integer) as resolved_at,
            pick(['咨询', '故障', '故障', '投诉'], u('ticket.kind', t)) as category, u('ticket.bot', t) < 0.31 as by_bot
        from fitted""",
        f"""create table survey as
        with sent as (
            select t, account_no, year(resolved_at)::smallint as year, resolved_at + interval 20 hour as sent_at,
                u('survey.answer', t) < {goods.SURVEY_ANSWERED} as is_answered
            from ticket where u('survey', t) < {goods.SURVEY_SENT} and year(resolved_at) <= {world.plan.end.year}),
        ranked as (
            select sent.*, year(sent_at + to_hours(6 + floor(u('survey.when', t) * 60)::integer))::smallint
                as answer_year,
                sent_at + to_hours(6 + floor(u('survey.when', t) * 60)::integer) as answered_at
            from sent),
        judged as (
            select *, row_number() over (partition by answer_year, is_answered order by u('survey.score', t), t)
                as place,
                count(*) over (partition by answer_year, is_answered) as answers
            from ranked)
        select j.*, case when not is_answered then null when place <= round(satisfaction * answers)
            then 4 + (u('survey.top', t) < 0.55)::integer else 1 + floor(u('survey.low', t) * 3)::integer end as score
        from judged as j left join service_plan as s on s.year = least(j.answer_year, {world.plan.end.year})""",
        """create table churn_reason as
        select year + 1 as year, account_no, case """
        + " ".join(
            f"when place <= round({sum(s for _, s in p.CHURN_REASON_SHARES[: n + 1])!r} * n) then '{reason}'"
            for n, (reason, _) in enumerate(p.CHURN_REASON_SHARES)
        )
        + """ end as reason, make_date(year + 1, 12, 5) + floor(u('churn.seen', account_no) * 20)::integer as noted_on
        from (select *, row_number() over (partition by year order by u('churn.reason', account_no * 100 + year % 100),
            account_no) as place, count(*) over (partition by year) as n from churn where has_left)""",
    )
