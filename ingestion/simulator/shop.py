"""The online shop: buyers who come back or not, orders that follow promotion days, and the visits behind them."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.calendar import NEW_YEAR_WEEKS
from ingestion.simulator.causes import select_highest
from ingestion.simulator.draws import quoted
from ingestion.simulator.world import World

_LAST_REPEAT_FIRST_DAY = "12-15"
_PROVINCES = ("上海市", "江苏省", "浙江省", "广东省", "福建省", "北京市", "山东省", "湖北省", "四川省", "陕西省")


def build_shop(world: World) -> None:
    """Tables ``buyer_year``, ``shop_order``, ``shop_line``, ``shop_refund``, ``shop_day`` (true share of each day)."""
    _build_days(world)
    world.run(
        "create table buyer_year (year smallint, b bigint, is_new boolean, is_repeat boolean, c0 double, day date, "
        "extra integer)",
        "create table shop_churn (year smallint, b bigint, gap_month double, is_repeat boolean, eta double, p double, "
        "has_left boolean)",
    )
    known = 0
    for year in world.plan.years:
        known = _add_year(world, year, known)
    _build_orders(world)
    _build_lines(world)


def _build_days(world: World) -> None:
    factors = " ".join(f"when {quoted(day)} then {factor}" for day, factor in p.SHOP_DAYS.items())
    weeks = " or ".join(f"d between date '{day}' - 2 and date '{day}' + 6" for day in NEW_YEAR_WEEKS.values())
    # Whole numbers, so that the running sum is the same on every machine.
    world.run(
        f"""create table shop_day as
        with weighed as (
            select d, year, (1000 * case strftime(d, '%m-%d') {factors} else 1 end
                * case when {weeks} then {p.SHOP_NEW_YEAR_FACTOR} else 1 end
                * case when isodow(d) >= 6 then {p.SHOP_WEEKEND_FACTOR} else 1 end)::bigint as weight
            from cal where year between {world.plan.start.year} and {world.plan.end.year}),
        summed as (
            select *, sum(weight) over (partition by year order by d)::double / sum(weight) over (partition by year)
                as c1,
                (sum(weight) over (partition by year order by d) - weight)::double / sum(weight)
                    over (partition by year)
                    as c_from
            from weighed)
        select d, year, weight, c_from, c1, strftime(d, '%m-%d') in ('06-16', '06-17', '06-18', '11-01', '11-10',
            '11-11',
            '11-12') as is_peak
        from summed order by d"""
    )


def _add_year(world: World, year: int, known: int) -> int:
    figures = p.year_figures(year)
    buyers = max(20, round(figures.shop_buyers * world.plan.shop))
    first = year == world.plan.start.year
    new = buyers if first else max(buyers - known, round(buyers * figures.shop_new_share))
    stay = buyers - new
    if first:
        staying = "select null::bigint as b where false"
    else:
        odds = p.SHOP_CHURN_ODDS
        scored = f"""
            (with last as (
                select b, year, is_repeat, extra, (make_date({year}, 1, 1) - case when extra = 0 then day else (
                    day + ((make_date(year, 12, 31) - day) * extra // (extra + 1))::integer) end) / 30.44 as gap
                from buyer_year where year = {year - 1})
            select b, year, gap, is_repeat, {odds["gap_month"]} * gap + {odds["repeat"]} * is_repeat::integer as eta,
                eta + logistic('shop.churn', b * 100 + year % 100) as score
            from last)"""
        world.run(
            f"""insert into shop_churn select year, b, gap, is_repeat, eta, p, is_chosen
            from ({select_highest(scored, strata="year", k=str(known - stay), key="b")})"""
        )
        staying = f"select b from shop_churn where not has_left and year = {year - 1}"
    repeating = round(figures.repurchase_rate * buyers)
    world.run(
        f"""insert into buyer_year
        with members as (
            select {(year - 2000) * 1_000_000_000} + n as b, true as is_new from range(1, {new + 1}) as t(n)
            union all select b, false from ({staying})),
        dated as (
            select *, u('buyer.first', b * 100 + {year % 100}) as v from members),
        placed as (select dated.*, d, c1 from dated asof join (
                select * from shop_day where year = {year}) as s on v >= c_from),
        ranked as (
            select *, row_number() over (order by strftime(d, '%m-%d') > '{_LAST_REPEAT_FIRST_DAY}',
                0.8 * (not is_new)::integer + logistic('buyer.repeat', b * 100 + {year % 100}) desc, b) as place
            from placed)
        select {year}, b, is_new, place <= {repeating}, c1, d,
            case when place <= {repeating} then 1 + least(7, floor(expo(u('buyer.extra', b * 100 + {year % 100}), 0.9)))
                else 0 end::integer
        from ranked order by b"""
    )
    return buyers


def _build_orders(world: World) -> None:
    cancelled = world.share(0.03)
    official = ", ".join(
        f"({year}, {max(5, round(p.year_figures(year).official_orders * world.plan.scale))}, "
        f"{p.year_figures(year).promo_peak_share})"
        for year in world.plan.years
    )
    provinces = f"[{', '.join(map(quoted, _PROVINCES))}]"
    world.run(
        f"create table shop_plan as from (values {official}) as t(year, official, peak_share)",
        # Later orders of the year fall behind the first one's day, so that they never share it. An order that is
        # called off comes on top (k = 9): it counts nowhere.
        f"""create table shop_order as
        with wanted as (
            select year, b, 0 as k, day as d, false as is_cancelled from buyer_year
            union all
            select year, b, k, null, false from (
                select year, b, unnest(range(1, extra + 1))::integer as k from buyer_year where extra > 0)
            union all
            select year, b, 9, null, true from buyer_year where u('buyer.cancels', b * 100 + year % 100) < {cancelled}),
        numbered as (
            select wanted.*, (wanted.b * 100 + wanted.year % 100) * 16 + k as o, c0 + (1 - c0) * u('order.day', o) as v
            from wanted join buyer_year using (year, b)),
        dated as (
            select numbered.* replace (coalesce(numbered.d, s.d) as d) from numbered asof join shop_day as s
            on numbered.year = s.year and numbered.v >= s.c_from),
        placed as (
            select dated.*, waking_time(d, u('order.time', o)) as created_at, is_peak,
                row_number() over (partition by year order by is_cancelled, u('order.official', o), o) <= official
                    as is_official
            from dated join (select d, is_peak from shop_day) using (d) join shop_plan using (year))
        select year::smallint as year, b, k::tinyint as k, o, d, is_cancelled, created_at, is_peak, is_official,
            case when is_official then 'official' when u('buyer.platform', b) < 0.22 then 'taobao' else 'tmall' end
                as platform,
            pick({provinces}, u('buyer.province', b)) as province,
            case when not is_cancelled then created_at + to_minutes(1 + floor(30 * u('order.paid', o))::integer) end
                as paid_at,
            created_at + to_hours(26 + floor(90 * u('order.done', o))::integer) as done_at,
            case when u('order.test', o) < {world.share(p.DIRT["test_order"])} and k = 9 then true else false end
                as is_test
        from placed""",
    )


def _build_lines(world: World) -> None:
    listed = ", ".join(
        f"({n}, {quoted(i)}, {quoted(t)}, {price})" for n, (i, t, price) in enumerate(goods.SHOP_PRODUCTS)
    )
    world.run(
        f"create table shop_product as from (values {listed}) as t(n, product_id, title, price_fen)",
        # Promotion: every order of a peak day, and so many others that the peaks make up their planted share.
        f"""create table shop_line as
        with lines as (
            select o, year, d, is_cancelled, is_peak, created_at, unnest(range(1, 2 + (u('order.lines', o)
                < 0.45)::integer
                + (u('order.lines', o) < 0.15)::integer))::integer as line_no
            from shop_order),
        priced as (
            select *, o * 4 + line_no as l, floor(u('line.product', l) * {len(goods.SHOP_PRODUCTS)})::integer as n,
                (1 + floor(4 * pow(u('line.quantity', l), 3)))::integer as quantity
            from lines)
        select priced.* exclude (n), product_id, title, (price_fen * case when is_peak then 88
            else 97 end // 100)::bigint
            as unit_fen, quantity * unit_fen as line_fen
        from priced join shop_product using (n)""",
        """create table shop_refund as
        select l, o, line_no, product_id, d + 3 + floor(u('refund.day', l) * 12)::integer as refunded_on,
            case when quantity > 1 then 1 else 0 end as quantity,
            case when quantity > 1 then unit_fen else half_up(unit_fen * 30, 100) end as refund_fen
        from shop_line where not is_cancelled and u('refund', l) < 0.03""",
        # Drawn in 20,000 buckets: sorting five million orders by a draw would take longer than all else.
        """create or replace table shop_order as
        with valued as (select o, sum(line_fen)::bigint as total_fen from shop_line group by o),
        orders as (
            select shop_order.*, total_fen, floor(u('order.promo', o) * 20000)::integer as bucket
            from shop_order join valued using (o)),
        sums as (
            select year, bucket, sum(sum(total_fen)) over (partition by year order by bucket)::hugeint as so_far
            from orders where not is_peak and not is_cancelled group by year, bucket),
        peaks as (select year, sum(total_fen)::hugeint as fen from orders where is_peak and not is_cancelled
            group by year),
        limits as (
            select year, max(bucket) as last_bucket from sums join peaks using (year) join shop_plan using (year)
            where so_far * peak_share::decimal(9, 4) <= fen * (1 - peak_share::decimal(9, 4)) group by year)
        select orders.* exclude (bucket), not is_cancelled and (is_peak or bucket <= last_bucket) as is_promo
        from orders join limits using (year)""",
    )
