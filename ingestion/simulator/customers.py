"""Customers year by year: who stays, who is new, who buys how often, and whose order each won deal is."""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.causes import select_highest
from ingestion.simulator.draws import choose, quoted
from ingestion.simulator.leads import CohortPlan
from ingestion.simulator.world import World

#: How the orders beyond the second go to the customers that repeat: by tier, 1 the highest.
_EXTRA_WEIGHTS = "case tier when 1 then 40 when 2 then 14 else 2 end"
_NEW_REPEATERS = 0.08


def build_customers(world: World, cohorts: dict[int, CohortPlan]) -> None:
    """Tables ``customer_year`` (customer x year with its orders and tier), ``ordered`` (won deal -> customer, signed
    year), ``churn`` (customer x year: stayed or not, with the true probability) and ``account``.

    Each year signs its exact number of contracts, of which exactly the planted share of customers signs on two days.
    The year after the last one is begun, too: it tells whose the deals are that are open at the end.
    """
    world.run(
        "create table customer_year (year smallint, account_no bigint, is_new boolean, n_orders integer, "
        "tier tinyint, size double, member_no bigint)",
        "create table ordered (i bigint, account_no bigint, year smallint)",
        "create table churn (year smallint, account_no bigint, eta double, p double, has_left boolean, "
        "gap_month double, opens integer, is_repeat boolean, is_slow boolean, is_large boolean)",
    )
    known = 0
    for year in (*world.plan.years, world.plan.end.year + 1):
        before, now = cohorts[year - 1], cohorts[year]
        new = _sum_cells(before.won_later, now.won_in_year, existing=False)
        total = sum(before.won_later) + sum(now.won_in_year)
        if year == world.plan.start.year:
            stay = world.scaled(p.INITIAL_CUSTOMERS, least=12)
            world.run(
                f"create or replace temp table staying as select n as account_no from range(1, {stay + 1}) as t(n)"
            )
        else:
            stay = round((1 - p.year_figures(year).churn_rate) * known)
            _decide_churn(world, year, leaving=known - stay)
        stay = min(stay, total - new)
        _plan_orders(world, year, stay=stay, new=new, total=total)
        known = stay + new
    _assign_lost_leads(world)
    _build_accounts(world)


def _sum_cells(*counts: tuple[int, ...], existing: bool) -> int:
    return sum(count for cells in counts for n, count in enumerate(cells) if (n % 2 == 1) == existing)


def _decide_churn(world: World, year: int, *, leaving: int) -> None:
    """Who of last year's customers buys nothing this year: gap, e-mails, repetition, slow tickets and size tell."""
    odds = p.CHURN_ODDS
    scored = f"""
        (with last as (
            select account_no, max(sign_on) as last_on from ordered join deal using (i)
            where ordered.year = {year - 1} group by account_no),
        caused as (
            select c.year, account_no, (make_date({year}, 1, 1) - last_on) / 30.44 as gap_month,
                least(5, floor(expo(u('q4.opens', account_no * 100 + c.year % 100), 1.3)))::integer as opens,
                n_orders >= 2 as is_repeat, u('slow.ticket', account_no * 100 + c.year % 100) < 0.15 as is_slow,
                tier <= 2 as is_large
            from customer_year as c join last using (account_no) where c.year = {year - 1})
        select *, {odds["gap_month"]} * gap_month + {odds["email_open"]} * opens + {odds["repeat"]} * is_repeat::integer
                + {odds["slow_ticket"]} * is_slow::integer + {odds["large"]} * is_large::integer as eta,
            eta + logistic('churn.luck', account_no * 100 + year % 100) as score
        from caused)"""
    world.run(
        f"""insert into churn by name
        select * exclude (score, is_chosen), is_chosen as has_left
        from ({select_highest(scored, strata="year", k=str(leaving), key="account_no")})""",
        f"""create or replace temp table staying as
        select account_no from churn where year = {year - 1} and not has_left""",
    )


def _plan_orders(world: World, year: int, *, stay: int, new: int, total: int) -> None:
    figures = p.year_figures(year)
    repeating = round(figures.repurchase_rate * (stay + new))
    repeating = max(0, min(repeating, total - new - stay, stay))
    new_repeating = min(round(repeating * _NEW_REPEATERS), new // 4)
    extra = total - new - stay - repeating
    money = figures.revenue_fen * world.plan.scale
    tiers = [round(money * share / mean) for share, mean in zip(figures.tier_shares, p.TIER_MEAN_FEN, strict=False)]
    staying_repeating = repeating - new_repeating
    tier_1 = max(1, min(tiers[0], staying_repeating // 4))
    tier_2 = max(1, min(tiers[1], staying_repeating // 2))
    is_last = year > world.plan.end.year
    existing = f"""select deal.i, sign_on, deal.cohort < {year} as is_before
        from deal where is_won and is_existing and sign_year = {year}"""
    # The second orders of new customers: late in the year, when their first ones lie behind them.
    reserved = (
        f"select i from ({existing}) where not is_before and quarter(sign_on) = 4 "
        f"qualify row_number() over (order by u('second', i), i) <= {0 if is_last else new_repeating}"
    )
    world.run(
        f"""insert into customer_year
        with sized as (
            select account_no, z('size', account_no) as size,
                row_number() over (order by size + 0.8 * z('repeat', account_no * 100 + {year % 100}) desc,
                    account_no) as k
            from staying),
        tiered as (
            select *, case when k > {staying_repeating} then 3
                when row_number() over (order by k > {staying_repeating}, size desc, account_no) <= {tier_1} then 1
                when row_number() over (order by k > {staying_repeating}, size desc, account_no) <= {tier_1 + tier_2}
                    then 2
                else 3 end as tier
            from sized),
        weighed as (
            select *, case when k <= {staying_repeating} then {_EXTRA_WEIGHTS} else 0 end as weight,
                sum(weight) over (order by account_no rows unbounded preceding) as so_far, sum(weight) over () as whole
            from tiered)
        select {year}, account_no, false, 1 + (k <= {staying_repeating})::integer + case when weight > 0 then
                (so_far * {extra} // whole - (so_far - weight) * {extra} // whole) else 0 end::integer,
            tier, size, row_number() over (order by account_no)
        from weighed order by account_no""",
        f"""create or replace temp table slot as
        with slots as (
            select account_no, n_orders, unnest(range(1, n_orders + 1)) as j from customer_year
            where year = {year} and not is_new),
        ordered_slots as (
            select account_no, row_number() over (
                order by (j - 0.15 - 0.7 * u('slot', account_no * 1000 + (j + {year} * 7) % 1000)) / n_orders,
                    account_no, j
            ) as place
            from slots)
        select * from ordered_slots""",
        f"create or replace temp table kept_back as {reserved}",
        f"""insert into ordered
        select i, account_no, {year} from (
            select i, row_number() over (order by not is_before, sign_on, u('slot.of', i), i) as place
            from ({existing}) as e where not exists (from kept_back where kept_back.i = e.i)) join slot
                using (place)""",
        f"""insert into ordered select i, i, {year} from deal
        where is_won and not is_existing and sign_year = {year}""",
        f"""insert into ordered
        with first as (
            select i as account_no, row_number() over (order by u('again', i), i) as place from deal
            where is_won and not is_existing and sign_year = {year} and quarter(sign_on) <= 2),
        second as (select i, row_number() over (order by u('again.of', i), i) as place from kept_back)
        select i, account_no, {year} from second join first using (place)""",
        f"""insert into customer_year
        select {year}, account_no, true, count(*), 3, z('size', account_no), null
        from ordered where year = {year} and not exists (from customer_year as c
            where c.year = {year} and c.account_no = ordered.account_no) group by account_no order by account_no""",
    )


def _assign_lost_leads(world: World) -> None:
    """Deals of existing customers that were lost or are not won yet: customers that stayed in the year of the lead."""
    world.run(
        f"""create table deal_account as
        with members as (select year, max(member_no) as members from customer_year where not is_new group by year),
        open_or_lost as (
            select i, is_existing, year, 1 + floor(u('lost.whose', i) * members)::bigint as member_no
            from (select i, is_existing, greatest(cohort, {world.plan.start.year})::smallint as year from deal
                where not exists (from ordered where ordered.i = deal.i)) join members using (year))
        select i, account_no from ordered
        union all
        select i, account_no from open_or_lost join customer_year using (year, member_no) where is_existing
        union all
        select i, i from open_or_lost where not is_existing"""
    )


def _build_accounts(world: World) -> None:
    """Table ``account``: every company of a valid lead. Those of before the books opened have the low numbers."""
    start = world.plan.start
    shares = dict(zip(p.CENTRES, p.year_figures(2023).centre_shares, strict=True))
    places = choose(
        "u('account.place', account_no)",
        [(str(n), shares[centre] * share) for n, (_, _, centre, _, share) in enumerate(p.PROVINCES)],
    )
    industries = choose(
        "u('account.industry', account_no)",
        [(quoted(n), w) for n, w in zip(p.INDUSTRIES, p.year_figures(start.year).industry_shares, strict=True)],
    )
    provinces = ", ".join(
        f"({n}, {quoted(province)}, {quoted(city)}, {quoted(centre)}, {quoted(region)})"
        for n, (province, city, centre, region, _) in enumerate(p.PROVINCES)
    )
    world.run(
        f"create table province as from (values {provinces}) as t(province_no, province, city, centre, region)",
        f"""create table account as
        with known as (
            select account_no, {places}::integer as province_no, {industries} as industry,
                exp(ln(1100) + 0.9 * z('account.staff', account_no))::integer + 30 as staff,
                office_time(date '{start}' - 1200 + floor(u('account.since', account_no) * 1100)::integer,
                    u('account.time', account_no)) as created_at, null::varchar as src
            from (select distinct account_no from deal_account where account_no < 100000000
                union select account_no from customer_year where account_no < 100000000)
            union all
            select i, province_no, industry, staff,
                after_days(created_at, least(response_h, 24 * d1 * 0.9) / 24), src from deal
            where not is_existing)
        select account_no, format('A{{:011d}}', account_no) as account_id, province_no, province, city, centre, region,
            territory, industry, staff, created_at, src,
            ('示例' || industry || '第' || account_no || '号公司') as account_name,
            format('91{{:016d}}', account_no) as credit_code,
            ((staff * (180000 + floor(u('account.revenue', account_no) * 900000)::bigint)) // 10000 * 10000)::bigint
                as annual_revenue_yuan
        from known join province using (province_no) join territory using (centre, region)
        order by account_no""",
    )
