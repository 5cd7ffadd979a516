"""Contacts, campaigns and what people did with the mails; the visits of the web shop."""

from __future__ import annotations

from ingestion.simulator import assortment as goods
from ingestion.simulator import parameters as p
from ingestion.simulator.draws import quoted
from ingestion.simulator.world import World


def build_marketing(world: World) -> None:
    """Tables ``contact`` and ``campaign``."""
    first, last = world.plan.start.year, world.plan.end.year
    world.run(
        """create table contact as
        with customers as (select distinct account_no from customer_year)
        select account_no, n, account_no * 4 + n as c, format('K{:013d}', account_no * 4 + n) as contact_id,
            created_at + to_hours(n) as created_at, format('c{}@example.com', account_no * 4 + n) as email,
            format('1990{:07d}', (account_no * 4 + n) % 10000000) as mobile,
            n = 1 as is_primary, territory
        from (select account.*, unnest(case when customers.account_no is null then [1] else [1, 2] end) as n
            from account left join customers using (account_no))""",
        f"""create table campaign as
        with mails as (
            select 'email' as channel, year, month, n, make_date(year, month, 3) + (9 * n)::integer as sent_on,
                year * 10000 + month * 100 + n as g, 120000 + 30000 * n as fen
            from range({first - 1}, {last + 2}) as y(year), range(1, 13) as m(month), range({goods.CAMPAIGNS_A_MONTH})
                as c(n)),
        ads as (
            select src as channel, year, month, row_number() over (partition by year, month order by src) as n,
                make_date(year, month, 1) as sent_on, year * 10000 + month * 100 + 50 + n as g,
                (2000000 + floor(u('campaign.cost', year * 10000 + month * 100 + 50 + n) * 6000000))::bigint as fen
            from source, range({first - 1}, {last + 2}) as y(year), range(1, 13) as m(month) where grp = 'marketing')
        select *, format('CMP{{}}', g) as campaign_id from (select * from mails union all by name select * from ads)
        order by g""",
    )


def build_engagement(world: World) -> None:
    """Tables ``engagement`` and ``visit``: what people did with mails, and on the web shop."""
    world.run(
        # Mails opened while a deal ran, and in the last quarter of a customer's year, as the odds say.
        """create table engagement as
        with opened as (
            select i * 8 + k as v, account_no, after_days(created_at, date_diff('second', created_at, closed_at)
                / 86400.0
                * (0.02 + 0.96 * u('open.at', i * 8 + k))) as ts
            from (select *, unnest(range(1, opens + 1))::integer as k from opportunity where opens > 0)
            union all
            select (account_no * 100 + year % 100) * 8 + k + 2000000000000, account_no,
                waking_time(make_date(year, 10, 1) + floor(u('open.q4', (account_no * 100 + year % 100) * 8 + k) * 92)
                ::integer, u('open.hour', (account_no * 100 + year % 100) * 8 + k))
            from (select *, unnest(range(1, opens + 1))::integer as k from churn where opens > 0)),
        mailed as (
            select v, account_no, to_minute(ts) as ts, campaign_id, sent_on from opened
            asof join (select campaign_id, sent_on from campaign where channel = 'email') as c on ts::date >= sent_on)
        select v * 4 + 1 as ev, account_no, 'sent' as action, campaign_id, sent_on::timestamp + interval 9 hour as ts
        from mailed
        union all select v * 4 + 2, account_no, 'delivered', campaign_id, sent_on::timestamp + interval 9 hour
            + interval 1 minute from mailed
        union all select v * 4 + 3, account_no, 'open', campaign_id, greatest(ts, sent_on::timestamp + interval 10 hour)
            from mailed
        union all select v * 4 + 4, account_no, 'click', campaign_id, greatest(ts, sent_on::timestamp
            + interval 10 hour)
            + interval 3 minute from mailed where u('click', v) < 0.18""",
    )
    _build_visits(world)


def _build_visits(world: World) -> None:
    """Sessions of the own web shop: the orders' ones among so many that the planted share buys."""
    rates = ", ".join(
        f"({y}::smallint, {p.year_figures(y).site_conversion}, {p.year_figures(y).social_visit_share})"
        for y in world.plan.years
    )
    social = ", ".join(map(quoted, ("douyin", "xiaohongshu", "wechat")))
    world.run(
        f"""create table visit as
        with bought as (
            select year, o, b, created_at - interval 11 minute as ts, created_at as paid_at,
                row_number() over (partition by year order by o) as n from shop_order where is_official
                    and not is_cancelled),
        planned as (
            select year, round(count(*) / rate)::bigint as sessions, count(*) as orders, max(social) as social
            from bought join (values {rates}) as r(year, rate, social) using (year) group by year, rate),
        sessions as (
            select year, sessions, social, unnest(range(1, sessions + 1)) as n from planned),
        timed as (
            select s.year, s.n, s.year::bigint * 100000000 + s.n as w, sessions, social, o, b, paid_at,
                coalesce(ts, waking_time(make_date(s.year, 1, 1) + floor(u('visit.day', w)
                    * (make_date(s.year + 1, 1, 1) - make_date(s.year, 1, 1)))::integer, u('visit.time', w))) as ts
            from sessions as s left join bought using (year, n))
        select year::smallint as year, w, o, b, ts, paid_at, case when row_number() over (
                partition by year order by u('visit.social', w), w) <= round(social * sessions)
            then pick([{social}], u('visit.which', w)) when u('visit.source', w) < 0.4 then 'baidu' end as utm_source,
            pick(['phone', 'phone', 'computer'], u('visit.device', w)) as device
        from timed"""
    )
