"""Truth about how customers grow: concentration, churn and frequency of small ones, up-selling, rewards, worth.

A ratio or a difference of two ratios stands on one denominator, so that it stays exact. Contracts know no refunds, so a
contract that is not cancelled is an order.
"""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.figures import Figure

_ALL = "'company' as scope_type, 'company' as scope_id"
_KEY_ACCOUNT_FEN = 500_000_000

#: Customers of contracts that are no key accounts by what they bought in the year; whole years only.
GROWTH_TABLES = (
    f"""create table small_year as
    with years as (
        select year(sign_on) as year, account_no, count(*) as orders, sum(net_fen)::bigint as fen from contract
        where sign_on < (@cut)::date group by all)
    select years.*, later.account_no is null as has_left
    from years left join years as later on later.account_no = years.account_no and later.year = years.year + 1
    where years.fen < {_KEY_ACCOUNT_FEN} and make_date(years.year + 1, 1, 1) <= @cut""",
    # What a customer bought of a series, by day: contracts, shop orders and what was given back.
    """create table bought as
    select sign_on as day, account_no as customer, l.series, sum(l.net_fen)::bigint as fen, true as is_order
    from contract join contract_line as l using (i) where sign_on < (@cut)::date group by all
    union all
    select d, -b, 'D', total_fen, true from counted_order
    union all
    select refunded_on, -b, 'D', -refund_fen, false from shop_refund join counted_order using (o)
    where refunded_on < (@cut)::date""",
)

_SMALL = f"""
    select make_date(year, 1, 1) as happened_on, {_ALL}, sum(orders)::hugeint as orders, count(*) as customers,
        count(*) filter (where has_left)::hugeint as leavers
    from small_year group by year"""

#: Small customers of the year before that left in this one, beside those who left a year earlier.
_SMALL_CHURN = f"""
    select (now_is.happened_on + interval 1 year)::date as happened_on, {_ALL},
        now_is.leavers * earlier.customers - earlier.leavers * now_is.customers as n,
        now_is.customers * earlier.customers as d
    from ({_SMALL}) as now_is join ({_SMALL}) as earlier
        on now_is.happened_on = (earlier.happened_on + interval 1 year)::date
    where (now_is.happened_on + interval 2 year)::date <= @cut"""

_FREQUENCY = f"""
    select now_is.happened_on, {_ALL}, now_is.orders * earlier.customers as n, now_is.customers * earlier.orders as d
    from ({_SMALL}) as now_is join ({_SMALL}) as earlier
        on now_is.happened_on = (earlier.happened_on + interval 1 year)::date"""

_UPSELL = f"""
    with lines as (
        select year(day) as year, customer, series, sum(fen) as fen from bought group by all),
    more as (
        select n.year, sum(n.fen - e.fen) as upsold from lines as n join lines as e
            on e.customer = n.customer and e.series = n.series and e.year = n.year - 1
        where e.fen > 0 and n.fen > e.fen group by n.year)
    select make_date(year, 1, 1) as happened_on, {_ALL}, sum(fen) as existing, max(upsold) as upsold
    from bought join (select customer, min(day) as first_on from bought where is_order group by customer)
        using (customer) join more on more.year = year(day)
    where day > first_on and make_date(year + 1, 1, 1) <= @cut group by year"""

_FIRST_ORDER = "select account_no, arg_min(i, (sign_on, i)) as i, min(sign_on) as sign_on from contract group by 1"

#: Customers in the year of their first order; of who was known before the first contract that may not be the first.
_NEW = f"""
    select f.sign_on as happened_on, {_ALL}, i, src is not distinct from '{p.REFERRAL_SOURCE}' as is_referred
    from ({_FIRST_ORDER}) as f join account using (account_no)
    where created_at >= (select min(sign_on) from contract)"""

#: First orders of those whom a customer named, with what was paid on them and not paid back: 5 % of it, without tax.
_REWARDS = f"""
    with money as (
        select i, sum(case kind when 'received' then fen else -fen end) as fen from payment_record
        where received_on < (@cut)::date and known_at < @cut group by i)
    select n.happened_on, {_ALL},
        half_up(c.net_fen::hugeint * least(greatest(money.fen, 0), c.amount_fen) * 500, c.amount_fen::hugeint * 10000)
            as reward
    from ({_NEW}) as n join contract as c using (i) join money using (i) where is_referred"""

_BUNDLES = f"""
    select c.sign_on as happened_on, {_ALL}, c.net_fen, l.lines > 1 as is_bundle
    from contract as c join (select i, max(lines) as lines from contract_line group by i) as l using (i)"""
_BUNDLE_N = "sum(net_fen) filter (where is_bundle)::hugeint * count(*) filter (where not is_bundle)"
_SINGLE_N = "sum(net_fen) filter (where not is_bundle)::hugeint * count(*) filter (where is_bundle)"

#: Gross profit of the contract customers won in a year, up to an age that all of them have reached.
_WORTH = """
    with cohort as (
        select account_no, min(date_trunc('month', sign_on))::date as m from contract group by account_no),
    sized as (
        select year(m) as year, count(*) as customers from cohort group by all)
    select make_date(s.year, 1, 1) as happened_on, 'cohort_age' as scope_type, age::varchar as scope_id, customers,
        l.net_fen - l.cost_fen as profit
    from contract as c join contract_line as l using (i) join cohort using (account_no) join sized as s
        on s.year = year(m) cross join (select unnest(range(12, 121, 12)) as age)
    where date_diff('month', m, sign_on) < age and s.year > (select min(year) from sized)
        and make_date(s.year, 12, 1) + to_months(age::integer) <= @cut"""

GROWTH_FIGURES: tuple[Figure, ...] = (
    # In square yuan, which hold the squares of fen in four decimals.
    Figure("'customer_concentration_hhi'",
           f"""select happened_on, fen::hugeint as fen, {_ALL} from customer_sales where fen > 0
               union all select happened_on, fen, 'channel', order_channel from customer_sales where fen > 0""",
           "sum(fen * fen)::decimal(38, 0) * 0.0001",
           "(sum(fen)::hugeint * sum(fen)::hugeint)::decimal(38, 0) * 0.0001"),
    Figure("'sme_churn_yoy_pp'", _SMALL_CHURN, "sum(n)", "sum(d)"),
    Figure("'sme_purchase_frequency_uplift'", _FREQUENCY, "sum(n)", "sum(d)"),
    Figure("'upsell_revenue_share'", _UPSELL, "sum(upsold)", "sum(existing)"),
    Figure("'referral_customer_share'", _NEW, "count(*) filter (where is_referred)", "count(*)"),
    Figure("'referral_reward_amount'", _REWARDS, "sum(reward)", "1", ("quarter", "year")),
    Figure("'bundle_aov_uplift'", _BUNDLES, f"{_BUNDLE_N} - {_SINGLE_N}", _SINGLE_N, ("quarter", "year")),
    Figure("'customer_ltv'", _WORTH, "sum(profit)", "max(customers)"),
)  # fmt: skip
