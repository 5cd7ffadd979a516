"""Leads: how many, from where, how fast they were answered, and what speaks for or against a deal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ingestion.simulator import parameters as p
from ingestion.simulator.draws import STEPS, apportion, choose, quoted
from ingestion.simulator.world import World

#: Cells of a cohort, in this order: group, existing customer, valid.
CELLS = tuple((group, existing) for group in ("own", "marketing") for existing in (False, True))
#: Natural days that a working day takes on average (365 / 250); turns approval days into time of the fourth stage.
_DAYS_PER_WORKDAY = 1.455
#: Days that the pull to the end of a quarter takes off the mean cycle.
_PULL_DAYS = 0.42
_FIRST_MONTH_OF_OPENING = 11
#: Mean time to the first answer of deals that are won, a part of the first stage.
_RESPONSE_DAYS = 0.28


@dataclass(frozen=True)
class CohortPlan:
    """Exact counts of the leads of one year by cell: valid ones, won ones, and those of them signed a year later."""

    year: int
    leads: int
    own: int
    valid: tuple[int, ...]
    won: tuple[int, ...]
    won_later: tuple[int, ...]

    @property
    def won_in_year(self) -> tuple[int, ...]:
        return tuple(all_ - later for all_, later in zip(self.won, self.won_later, strict=True))


def plan_cohorts(world: World) -> dict[int, CohortPlan]:
    """The cohorts from the year before the books open to the last one, so that each year signs its exact number.

    What one year leaves over for the next is what must be: a year's contracts less those of its own leads.
    """
    plans: dict[int, CohortPlan] = {}
    before = world.plan.start.year - 1
    for year in (before, *world.plan.years, world.plan.end.year + 1):
        figures = p.year_figures(year)
        leads = world.scaled(figures.leads, least=40)
        own = round(leads * p.OWN_SHARE)
        groups = {"own": (own, figures.own_rate), "marketing": (leads - own, figures.marketing_rate)}
        valid: list[int] = []
        won: list[int] = []
        for count, rate in groups.values():
            usable = count - round(count * figures.invalid_rate)
            valid += apportion(usable, (1 - p.EXISTING_LEAD_SHARE, p.EXISTING_LEAD_SHARE))
            first = p.FIRST_DEAL_SHARE["own" if len(won) == 0 else "marketing"]
            won += apportion(round(count * rate), (first, 1 - first))
        if year == before:
            later = round(sum(won) * p.OPENING_SPILL)
        else:
            later = sum(won) - (world.scaled(figures.won) - sum(plans[year - 1].won_later))
        won_later = apportion(max(0, min(later, sum(won) // 2)), won)
        plans[year] = CohortPlan(year, leads, own, tuple(valid), tuple(won), tuple(won_later))
    return plans


def build_leads(world: World, cohorts: dict[int, CohortPlan]) -> None:
    """Table ``lead``: one row a lead with its drawn causes and the course that its deal would take (``sign_on``)."""
    listed = ", ".join(f"({quoted(n)}, {quoted(g)}, {quoted(t)}, {str(s).lower()})" for n, g, t, s, _ in p.SOURCES)
    world.run(f"create table source as from (values {listed}) as t(src, grp, touch, is_social)")
    last = world.plan.end.year
    for number, cohort in enumerate(c for year, c in cohorts.items() if year <= last):
        select = _cohort_query(cohort, is_opening=cohort.year < world.plan.start.year)
        world.run(f"create table lead as {select}" if number == 0 else f"insert into lead {select}")
    # What was decided before the books opened is not in them.
    world.run(f"delete from lead where created_at < date '{world.plan.start}' and sign_on < date '{world.plan.start}'")


def _cohort_query(cohort: CohortPlan, *, is_opening: bool) -> str:
    figures = p.year_figures(cohort.year)
    months = _month_starts(cohort.leads)
    first_n = months[_FIRST_MONTH_OF_OPENING - 1] + 1 if is_opening else 1
    ends = [sum(cohort.valid[: n + 1]) for n in range(4)]
    invalid_own = cohort.own - cohort.valid[0] - cohort.valid[1]
    cells = " ".join(f"when r <= {end} then {n}" for n, end in enumerate(ends))
    sources = {
        group: choose("u('lead.source', i)", [(quoted(n), s) for n, g, _, _, s in p.SOURCES if g == group])
        for group in ("own", "marketing")
    }
    places = choose("u('lead.place', i)", [(str(n), w) for n, w in enumerate(_province_weights())])
    industries = choose(
        "u('lead.industry', i)", [(quoted(n), w) for n, w in zip(p.INDUSTRIES, figures.industry_shares, strict=True)]
    )
    discounts = choose("u('lead.discount', i)", [(str(bp), w) for bp, w in p.DISCOUNTS])
    days, rest = figures.stage_days, _rest_days(figures)
    month_case = " ".join(
        f"when n <= {end} then make_timestamp({cohort.year}, {m + 1}, 1, 0, 0, 0) + to_seconds(floor("
        f"(n - {start} - 0.5) / {end - start} * {_days_in(cohort.year, m + 1)})::bigint * 86400)"
        for m, (start, end) in enumerate(pairwise(months))
        if end > start
    )
    odds = p.WIN_ODDS
    emerging = ", ".join(map(quoted, p.EMERGING))
    return f"""
        with numbered as (
            select n, {(cohort.year - 2000) * 100_000_000} + n as i from range(1, {cohort.leads} + 1) as t(n)),
        shuffled as (select *, row_number() over (order by u('lead.cell', i), i) as r from numbered),
        placed as (
            select i, {cohort.year}::smallint as cohort, r <= {ends[3]} as is_valid,
                case {cells} end::tinyint as cell,
                case when r <= {ends[3]} then r <= {ends[1]} else r <= {ends[3] + invalid_own} end as is_own,
                waking_time((case {month_case} end)::date, u('lead.time', i)) as created_at
            from shuffled where n >= {first_n}),
        drawn as (
            select *, case when is_own then 'own' else 'marketing' end as grp,
                coalesce(cell in (1, 3), false) as is_existing,
                case when is_own then {sources["own"]} else {sources["marketing"]} end as src,
                {places}::integer as province_no, {industries} as industry,
                exp(ln(900) + 0.9 * z('lead.staff', i))::integer + 20 as staff,
                exp(ln(5.5) + 0.8 * z('lead.grading', i)) as grading_h,
                exp(ln(4.2) + 1.15 * z('lead.response', i)) as response_h,
                least(5, floor(expo(u('lead.meetings', i), 1.7)))::integer as meetings,
                {discounts}::integer as discount_bp,
                least(5, floor(expo(u('lead.opens', i), 1.2)))::integer as opens
            from placed),
        scored as (
            select *, case when is_valid then
                    {odds["response_doubling"]} * log2(response_h / 4)
                    + {odds["meeting"]} * meetings + {odds["discount_point"]} * discount_bp / 100
                    + {odds["email_open"]} * opens
                    + case when is_existing then 0 else {odds["emerging"]} * (industry in ({emerging}))::integer
                        + {odds["large"]} * (staff >= 1000)::integer end
                end as eta, eta + logistic('lead.luck', i) as score
            from drawn),
        ranked as (select *, row_number() over (partition by cell order by score desc, i) as k from scored),
        -- Along the order of the scores, so that the won ones, too, have the planted means.
        timed as (
            select *, response_h / 24 + weibull(spread('d1', {STEPS[0]}, k), {days[0] - _RESPONSE_DAYS!r}) as d1,
                weibull(spread('d2', {STEPS[1]}, k), {days[1]}) as d2,
                weibull(spread('d3', {STEPS[2]}, k), {days[2]}) as d3,
                floor(1 + weibull(spread('d4', {STEPS[3]}, k), {figures.approval_workdays - 1!r})
                    + spread('d4.round', {STEPS[4]}, k))::integer as approval_wd,
                greatest(1, round(weibull(spread('d4.sign', {STEPS[5]}, k), {figures.signing_days!r})))::integer
                    as signing_days,
                weibull(spread('d4.rest', {STEPS[6]}, k), {rest!r}) as rest_days,
                least(signing_days + {_DAYS_PER_WORKDAY} * approval_wd + rest_days, 90) as d4
            from ranked),
        due as (
            select *, (after_days(created_at, d1 + d2 + d3 + d4))::date as due_on,
                date_trunc('quarter', due_on)::date as quarter_on
            from timed)
        select due.* exclude (n_pull, k), near as sign_on, year(near)::smallint as sign_year
        from (
            select *, case when due_on - quarter_on < 10 and u('lead.pull', i) < {p.QUARTER_END_PULL}
                and quarter_on - 4 > created_at::date + 12
                then quarter_on - 1 - floor(u('lead.pull_to', i) * 4)::integer else due_on end as n_pull
            from due) as due
        join cal on cal.d = n_pull"""


def _rest_days(figures: p.YearFigures) -> float:
    """What negotiation itself takes of the fourth stage, beside approval and signature."""
    return max(
        0.3,
        figures.stage_days[3] - figures.signing_days - _DAYS_PER_WORKDAY * figures.approval_workdays + _PULL_DAYS,
    )


def _month_starts(leads: int) -> list[int]:
    counts = apportion(leads, p.LEAD_MONTHS)
    return [sum(counts[:n]) for n in range(13)]


def _days_in(year: int, month: int) -> int:
    return (31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _province_weights() -> list[float]:
    shares = dict(zip(p.CENTRES, p.year_figures(2023).centre_shares, strict=True))
    return [shares[centre] * share for _, _, centre, _, share in p.PROVINCES]
