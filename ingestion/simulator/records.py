"""Contracts, invoices and payments as they are written down: split under the limit, cancelled, paid back in part."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.draws import quoted
from ingestion.simulator.world import World


def build_records(world: World) -> None:
    """Tables ``contract_record``, ``contract_line_record``, ``invoice_record``, ``payment_record`` and ``lead_extra``.

    A contract that was signed and cancelled afterwards comes on top of the won ones; one that was split in three keeps
    its sum. Money paid back in part is a payment that was returned.
    """
    split, refund = world.share(p.DIRT["split_contract"]), world.share(p.DIRT["partial_refund"])
    prices = ", ".join(f"({quoted(i)}, {price})" for i, _, _, _, price, _ in goods.PRODUCTS)
    products = ", ".join(
        f"({quoted(i)}, {quoted(n)}, {quoted(s)}, {quoted(t)}, {price})" for i, n, s, t, price, _ in goods.PRODUCTS
    )
    world.run(
        "create macro uid(person) as format('U{:08d}', person)",
        # The mappings of Taobao's exports name the shop like the platform.
        "create macro shop_id(platform) as case platform when 'taobao' then 'taobao' else 'S1' end",
        "create macro seen(t, cut) as case when t < cut then t end",
        "create macro contract_id(i, part) as format('C{:011d}', i) || case when part > 1 then '-' || part else '' end",
        "create macro split_part_fen(fen, part, parts) as case when part < parts then fen // parts "
        "else fen - (parts - 1) * (fen // parts) end",
        f"""create table contract_record as
        with signed as (
            select c.i, c.year, c.account_no, c.sign_on, c.amount_fen, c.net_fen, c.discount_bp, c.main_series,
                o.closed_at as signed_at, null::timestamp as cancelled_at, a.is_linked,
                u('contract.split', c.i) < {split} and amount_fen > {p.APPROVAL_LIMIT_FEN} as is_split
            from contract as c join opportunity as o using (i) join contract_approval as a using (i)
            union all
            select o.i, year(ts)::smallint, account_no, ts::date, half_up(estimate_fen * 113, 100)::bigint,
                estimate_fen,
                discount_bp, left(split_part(product_id, '-', 2), 1), ts, closed_at, false, false
            from opportunity as o join stage_event as e on e.i = o.i and e.to_no = 5 where cancels)
        select signed.*, opportunity_id, account_id, last_owner
        from signed join (select i, opportunity_id, account_id, last_owner from opportunity) using (i)
        where signed.year <= {world.plan.end.year} order by i""",
        f"""create table contract_line_record as
        with lines as (
            select l.i, line_no, lines, product_id, list_fen, net_fen, cost_fen, tax_percent from contract_line as l
            union all
            select i, 1, 1, product_id, half_up(net_fen * 10000, 10000 - r.discount_bp)::bigint, net_fen,
                half_up(net_fen * 62, 100)::bigint, 13
            from contract_record as r join (select i, product_id from opportunity) using (i)
                where cancelled_at is not null),
        parted as (
            select lines.*, signed_at, year, unnest(case when is_split then [1, 2, 3] else [1] end) as part,
                case when is_split then 3 else 1 end as parts
            from lines join (select i, signed_at, is_split, year from contract_record) using (i))
        select *, split_part_fen(list_fen, part, parts) as line_list, split_part_fen(net_fen, part, parts) as line_net,
            split_part_fen(cost_fen, part, parts) as line_cost,
            (price * power({1 + goods.PRICE_RISE_BP / 10000!r}e0, year - {world.plan.start.year}))::bigint as price_fen
        from parted join (values {prices}) as x(product_id, price) using (product_id)""",
        """create table invoice_record as
        select v.i, v.v, v.account_no, account_id, v.issued_on, v.due_on, v.fen, received_on, null::timestamp
            as cancelled_at
        from invoice as v join payment as y on y.v = v.v join account on account.account_no = v.account_no
        union all
        select i, i * 4 + 1, account_no, account_id, sign_on + 8, sign_on + 38, half_up(amount_fen * 30, 100)::bigint,
            sign_on + 12, cancelled_at
        from contract_record where cancelled_at is not null""",
        f"""create table payment_record as
        select format('R{{:012d}}', v) as payment_id, v, i, account_no, account_id, due_on as planned_on, received_on,
            fen,
            'received' as kind, issued_on::timestamp + interval 10 hour as known_at
        from invoice_record
        union all
        select format('R{{:012d}}B', v), v, i, account_no, account_id, received_on + 40, received_on + 40,
            half_up(fen * 20, 100)::bigint, 'returned', (received_on + 40)::timestamp + interval 10 hour
        from invoice_record where cancelled_at is null and received_on is not null and u('refund.part', v) < {refund}
        union all
        select format('R{{:012d}}B', v), v, i, account_no, account_id, cancelled_at::date + 5, cancelled_at::date + 5,
            fen,
            'returned', cancelled_at + interval 5 day
        from invoice_record where cancelled_at is not null and received_on < cancelled_at::date""",
        f"""create table product_price as
        select y.year, product_id, product_name, series, product_type,
            (round(price * power({1 + goods.PRICE_RISE_BP / 10000!r}e0, y.year - {world.plan.start.year}) / 100)
                * 100)::bigint
                as price
        from (values {products}) as t(product_id, product_name, series, product_type, price),
            range({world.plan.start.year}, {world.plan.end.year + 1}) as y(year)""",
        # Who cares for a lead, which campaign brought it, which customer recommended it. Counts come first, so that
        # every join is one on equal values.
        f"""create table lead_extra as
        with placed as (
            select lead.i, src, created_at, territory, greatest(year(created_at), {world.plan.start.year})::smallint
                as year
            from lead join province using (province_no) join territory using (centre, region)),
        picked as (
            select placed.*, 1 + placed.i % places as place, 1 + placed.i % members as member_no
            from placed join (select year, territory, max(places) as places from seat_pick group by all) as n
                using (year, territory)
            join (select year, max(member_no) as members from customer_year group by year) as m using (year)),
        seated as (
            select picked.*, coalesce(o.seat, s.seat) as seat from picked join seat_pick as s using (year, territory,
                place)
            left join (select i, seat from opportunity) as o on o.i = picked.i)
        select seated.i, p.person, campaign_id, format('A{{:011d}}', c.account_no) as referrer_id
        from seated asof left join occupancy as p on p.seat = seated.seat
            and greatest(created_at::date, date '{world.plan.start}') >= p.from_on
        left join (select channel, date_trunc('month', sent_on) as m, min(campaign_id) as campaign_id from campaign
            where channel <> 'email' group by all) as k on k.channel = seated.src and k.m = date_trunc('month',
                created_at)
        left join (select year, member_no, account_no, '{p.REFERRAL_SOURCE}' as src from customer_year
            where member_no is not null) as c using (src, year, member_no)""",
    )
