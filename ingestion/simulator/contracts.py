"""Contracts: the money of every won deal, fitted to the shares of its year, with lines, invoices and payments."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.draws import STEPS, choose, quoted
from ingestion.simulator.world import World

#: Passes of fitting; a large company starts so close to its shares that fewer do.
_PASSES, _PASSES_LARGE, _LARGE = 16, 5, 5.0
#: Where a customer's year is held while fitting, so that nobody slips over a bound of the tiers (fen).
_TIER_BOUNDS = (("1", "<", 1_080_000_000), ("2", ">", 940_000_000), ("2", "<", 535_000_000), ("3", ">", 460_000_000))
_MARGINS = ("quarter_no", "centre", "industry", "touch", "sales_model", "tier")
_LINE_MARGINS = ("series", "product_type")


def build_contracts(world: World) -> None:
    """Tables ``contract``, ``contract_line``, ``invoice``, ``payment`` of the years up to the end, money in fen ex tax.

    Sums are fitted by turns to every margin (iterative proportional fitting) in whole fen, then to the total by largest
    remainder: the total of a year is exact, a margin to a few yuan.
    """
    _build_margins(world)
    _fit_contracts(world)
    _fit_lines(world)
    _build_money(world)


def _build_margins(world: World) -> None:
    """What each year's contracts must add up to: the plan's shares less what the shop already sells."""
    rows: list[str] = []
    for year in world.plan.years:
        figures = p.year_figures(year)
        revenue = round(figures.revenue_fen * world.plan.scale)
        sold = dict.fromkeys(range(1, 5), 0)
        if world.plan.shop == world.plan.scale:
            sold |= {
                int(str(quarter)): int(str(fen))
                for quarter, fen in world.rows(
                    f"""select quarter(d), sum(fen)::bigint from (
                        select d, line_fen as fen from shop_line where not is_cancelled and year(d) = {year}
                        union all select refunded_on, -refund_fen from shop_refund where year(refunded_on) = {year})
                    group by 1"""
                )
            }
        shop = sum(sold.values())
        total = revenue - shop
        emerging = [round(revenue * s) if n in p.EMERGING else 0 for n, s in _industries(figures)]
        rest = sum(s for n, s in _industries(figures) if n not in p.EMERGING)
        margins: dict[str, dict[str, int]] = {
            "quarter_no": {str(q + 1): round(revenue * s) - sold[q + 1] for q, s in enumerate(figures.quarter_shares)},
            "centre": dict(zip(p.CENTRES, (round(total * s) for s in figures.centre_shares), strict=True)),
            "industry": {
                n: fixed or round((total - sum(emerging)) * s / rest)
                for (n, s), fixed in zip(_industries(figures), emerging, strict=True)
            },
            "touch": {"online": round(revenue * figures.online_share) - shop,
                      "offline": revenue - round(revenue * figures.online_share)},
            "sales_model": {"distribution": round(revenue * figures.distribution_share),
                            "direct": total - round(revenue * figures.distribution_share)},
            "tier": {"1": round(revenue * figures.tier_shares[0]), "2": round(revenue * figures.tier_shares[1]),
                     "3": total - round(revenue * figures.tier_shares[0]) - round(revenue * figures.tier_shares[1])},
            "series": {"A": round(revenue * figures.series_shares[0]), "B": round(revenue * figures.series_shares[1]),
                       "C": total - sum(round(revenue * share) for share in figures.series_shares[:2])},
            "product_type": {"service": round(revenue * figures.service_share),
                             "goods": total - round(revenue * figures.service_share)},
            "total": {"": total},
        }  # fmt: skip
        rows += [
            f"({year}::smallint, {quoted(dim)}, {quoted(key)}, {fen}::bigint)"
            for dim, keys in margins.items()
            for key, fen in keys.items()
        ]
    world.run(f"create table margin as from (values {', '.join(rows)}) as t(year, dim, key, fen)")


def _industries(figures: p.YearFigures) -> list[tuple[str, float]]:
    return list(zip(p.INDUSTRIES, figures.industry_shares, strict=True))


def _fit_contracts(world: World) -> None:
    shares = ", ".join(f"({y}::smallint, {p.year_figures(y).distribution_share})" for y in world.plan.years)
    targets = " ".join(
        f"join margin as m_{dim} on m_{dim}.year = o.year and m_{dim}.dim = {quoted(dim)} and m_{dim}.key = o.{dim}"
        for dim in (*_MARGINS,)
    )
    columns = ", ".join(f"m_{dim}.fen as t_{dim}" for dim in _MARGINS)
    # Customers of the upper tiers get their year's sum first, well inside of its bounds, and split it over orders.
    world.run(
        f"""create or replace temp table fitted as
        with o as (
            select ordered.i, ordered.account_no, ordered.year, sign_on, quarter(sign_on)::varchar as quarter_no,
                centre,
                account.industry, touch, tier::varchar as tier, n_orders,
                case when spread('order.model', {STEPS[0]}, row_number() over (
                    partition by ordered.year order by u('order.model', ordered.i), ordered.i)) < dist
                    then 'distribution' else 'direct' end as sales_model,
                case when tier <= 2 then exp(0.10 * z('customer.money', ordered.account_no * 100 + ordered.year % 100))
                    * exp(0.35 * z('order.money', ordered.i)) / n_orders
                    else least(exp(0.65 * z('order.money', ordered.i)), 3.2) end as raw,
                {p.TIER_MEAN_FEN[0]}::double as mean_1, {p.TIER_MEAN_FEN[1]}::double as mean_2
            from ordered join deal using (i) join account on account.account_no = ordered.account_no
            join source on source.src = deal.src
            join customer_year as c on c.account_no = ordered.account_no and c.year = ordered.year
            join (values {shares}) as d(year, dist) on d.year = ordered.year),
        levelled as (
            select *, case when tier <> '3' then raw / sum(raw::decimal(30, 12)) over (partition by account_no, year)
                * case tier when '1' then mean_1 else mean_2 end
                * exp(0.10 * z('customer.money', account_no * 100 + year % 100)) else raw * 60000000 end as w0
            from o)
        select o.*, round(w0)::bigint as w, {columns} from levelled as o {targets}"""
    )
    bounds = " ".join(
        f"when tier = '{tier}' and s {sign} {limit} then {limit}::double / s::double"
        for tier, sign, limit in _TIER_BOUNDS
    )
    chain = [
        f"""c as (select * exclude (s) replace (greatest(1, round(w::double * case {bounds} else 1 end))::bigint as w)
        from (select *, sum(w) over (partition by year, account_no) as s from fitted))"""
    ]
    last = "c"
    for n, dim in enumerate(_MARGINS):
        chain.append(
            f"p{n} as (select * replace (greatest(1, round(w::double * t_{dim} / sum(w) over (partition by year, {dim})"
            f"::double))::bigint as w) from {last})"
        )
        last = f"p{n}"
    world.run(
        *[f"create or replace temp table fitted as with {', '.join(chain)} select * from {last}"]
        * (_PASSES if world.plan.scale < _LARGE else _PASSES_LARGE),
        """create table contract as
        with scaled as (
            select fitted.*, fen as total, (w::hugeint * fen) // sum(w) over (partition by year) as part,
                (w::hugeint * fen) % sum(w) over (partition by year) as remainder
            from fitted join margin using (year) where dim = 'total'),
        settled as (
            select *, (part + (row_number() over (partition by year order by remainder desc, i)
                <= total - sum(part) over (partition by year))::integer)::bigint as net_fen
            from scaled)
        select i, account_no, year, sign_on, centre, industry, touch, sales_model, tier::tinyint as tier, net_fen
        from settled order by i""",
    )


def _fit_lines(world: World) -> None:
    series = choose(f"spread('line.series', {STEPS[1]}, rn)", [("'A'", 0.62), ("'B'", 0.19), ("'C'", 0.19)])
    chain, last = [], "line_fitted"
    for n, dim in enumerate(_LINE_MARGINS):
        chain.append(
            f"p{n} as (select * replace (greatest(1, round(w::double * t_{dim} / sum(w) over (partition by year, {dim})"
            f"::double))::bigint as w) from {last})"
        )
        last = f"p{n}"
    chain.append(
        "p9 as (select * replace (greatest(1, round(w::double * net_fen / sum(w) over (partition by i)::double))"
        f"::bigint as w) from {last})"
    )
    products = ", ".join(
        f"({quoted(i)}, {quoted(s)}, {quoted(t)}, "
        f"{sum(x[5] for x in goods.PRODUCTS[:n] if x[2:4] == (s, t))!r}, {share!r})"
        for n, (i, _, s, t, _, share) in enumerate(goods.PRODUCTS)
    )
    rates = " ".join(f"when {quoted(t)} then {rate}" for t, rate in goods.TAX_RATE.items())
    margins = ", ".join(f"({year}::smallint, {p.year_figures(year).margin_rate})" for year in world.plan.years)
    world.run(
        f"""create or replace temp table line_fitted as
        with mixed as (
            select i, year, net_fen, {series} as main, u('line.second', i) < 0.62 as has_service,
                u('line.third', i) < 0.55 as has_more, u('line.pure', i) < 0.06 as is_pure
            from (select *, row_number() over (partition by year order by i) as rn from contract)),
        lines as (
            select i, year, net_fen, 1 as line_no, main as series,
                case when is_pure then 'service' else 'goods' end as product_type, 1.0 as share from mixed
            union all
            select i, year, net_fen, 2, main, 'service', 0.25 * exp(0.3 * z('line.service', i)) from mixed
                where has_service
            union all
            select i, year, net_fen, 3, pick(case main when 'A' then ['B', 'C', 'C'] when 'B' then ['A', 'C', 'C']
                else ['A', 'B', 'A'] end, u('line.other', i)), 'goods',
                0.20 * exp(0.3 * z('line.more', i)) from mixed where has_more)
        select lines.*, greatest(1, round(share * net_fen))::bigint as w, s.fen as t_series, t.fen as t_product_type
        from lines join margin as s on s.year = lines.year and s.dim = 'series' and s.key = lines.series
        join margin as t on t.year = lines.year and t.dim = 'product_type' and t.key = lines.product_type""",
        *[f"create or replace temp table line_fitted as with {', '.join(chain)} select * from p9"]
        * (2 * _PASSES if world.plan.scale < _LARGE else 2 * _PASSES_LARGE),
        f"create table product_choice as from (values {products}) as t(product_id, series, product_type, low, width)",
        f"""create table contract_line as
        with whole as (
            select *, (w::hugeint * net_fen) // sum(w) over (partition by i) as part,
                (w::hugeint * net_fen) % sum(w) over (partition by i) as remainder
            from line_fitted),
        settled as (
            select i, year, line_no, series, product_type, (part + (row_number() over (
                partition by i order by remainder desc, line_no) <= net_fen - sum(part) over (partition by i))::integer
                )::bigint as net_fen, count(*) over (partition by i) as lines
            from whole)
        select settled.i, settled.year, line_no, settled.series, settled.product_type, net_fen, lines, product_id,
            case settled.product_type {rates} end as tax_percent,
            half_up(net_fen * tax_percent, 100)::bigint as tax_fen,
            half_up(net_fen * 10000, 10000 - discount_bp)::bigint as list_fen, discount_bp,
            half_up(net_fen * round((1 - margin) * 10000)::bigint, 10000)::bigint as cost_fen
        from settled join deal using (i) join (values {margins}) as m(year, margin) on m.year = settled.year
        join product_choice as c on c.series = settled.series and c.product_type = settled.product_type
            and u('line.product', settled.i * 4 + line_no) >= low and u('line.product', settled.i * 4 + line_no) < low
                + width
        order by settled.i, line_no""",
        """create or replace table contract as
        select contract.*, tax_fen, contract.net_fen + tax_fen as amount_fen, main_series, discount_bp
        from contract join (
            select i, sum(tax_fen)::bigint as tax_fen, arg_max(series, net_fen) as main_series, max(discount_bp)
                as discount_bp
            from contract_line group by i) using (i)
        order by i""",
    )


def _build_money(world: World) -> None:
    """Invoices in instalments that add up to the contract; each is paid on time, late or never."""
    parts = ", ".join(f"({n + 1}, {share}, {days})" for n, (share, days) in enumerate(goods.INSTALMENTS))
    unpaid = " ".join(f"when {year} then {rate}" for year, rate in goods.UNPAID_SHARE.items())
    last = goods.UNPAID_SHARE[max(goods.UNPAID_SHARE)]
    world.run(
        f"""create table invoice as
        select contract.i, part_no, contract.i * 4 + part_no as v, account_no, sign_on + days as issued_on,
            sign_on + days + {goods.DUE_DAYS} as due_on,
            case when part_no < 3 then half_up(amount_fen * share, 100)
                else amount_fen - half_up(amount_fen * {goods.INSTALMENTS[0][0]}, 100)
                    - half_up(amount_fen * {goods.INSTALMENTS[1][0]}, 100) end::bigint as fen
        from contract, (values {parts}) as t(part_no, share, days) order by v""",
        f"""create table payment as
        select v, i, part_no, account_no, due_on, fen,
            case when u('payment.never', v) < case year(due_on) {unpaid} else {last} end then null
                when u('payment.late', v) < {goods.LATE_SHARE}
                    then due_on + 1 + floor(expo(u('payment.days', v), 16))::integer
                else due_on - floor(u('payment.days', v) * 15)::integer end as received_on
        from invoice order by v""",
    )
