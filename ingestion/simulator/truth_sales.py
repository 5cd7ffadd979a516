"""Truth about money and customers: revenue by everything, shares, order value, repurchase, churn, collection."""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.figures import ALL_PERIODS, Figure, scoped

_EMERGING = ", ".join(f"'{name}'" for name in p.EMERGING)

#: Tables that many figures are added up from: the shop's orders that count (neither called off nor refunded in full),
#: every movement of revenue (contracts by signing day, shop orders by order day, refunds by their own day), and each
#: customer's year with what was bought and on how many days.
SALES_TABLES = (
    """create table counted_order as
    select o, b, d, total_fen from shop_order
    left join (select o, sum(refund_fen) as refund_fen from shop_refund where refunded_on < (@cut)::date group by o)
        using (o)
    where not is_cancelled and d < (@cut)::date and coalesce(refund_fen < total_fen, true)""",
    """create table movement as
    select c.sign_on as happened_on, 'contract' as order_channel, l.series, l.product_type,
        case when c.sign_on < date '2024-01-01' then c.centre else a.region end as region, a.region as region_as_is,
        c.industry, c.sales_model, c.touch, o.src, s.is_social, 'U' || lpad(o.last_owner::varchar, 8, '0') as employee,
        sum(l.net_fen)::bigint as fen, sum(l.cost_fen)::bigint as cost_fen
    from contract as c join contract_line as l using (i) join account as a on a.account_no = c.account_no
    join opportunity as o on o.i = c.i join source as s on s.src = o.src group by all
    union all
    select d, 'shop', 'D', 'goods', null, null, null, 'direct', 'online', null, false, null, sum(total_fen)::bigint,
        null
    from shop_order where not is_cancelled group by all
    union all
    select refunded_on, 'shop', 'D', 'goods', null, null, null, 'direct', 'online', null, false, null,
        -sum(refund_fen)::bigint, null
    from shop_refund group by all""",
    """create table customer_sales as
    with sums as (
        select date_trunc('year', happened_on)::date as happened_on, order_channel, customer, sum(fen)::bigint as fen,
            count(distinct happened_on) filter (where is_order) as days
        from (
            select sign_on as happened_on, 'contract' as order_channel, account_no as customer, net_fen as fen,
                true as is_order from contract
            union all
            select d, 'shop', -b, total_fen, o in (select o from counted_order) from shop_order where not is_cancelled
            union all
            select refunded_on, 'shop', -b, -refund_fen, false from shop_refund join (select o, b from shop_order)
                using (o))
        where happened_on < (@cut)::date group by all)
    select *, row_number() over (partition by happened_on order by fen desc, customer) as place from sums""",
)

_REVENUE = scoped(
    "happened_on, fen", "movement",
    {"region": "region", "region_as_is": "region_as_is", "product_line": "series", "product_type": "product_type",
     "industry": "industry", "sales_model": "sales_model", "touch": "touch", "channel": "order_channel",
     "source": "src", "employee": "employee"},
)  # fmt: skip


def _share(metric: str, condition: str) -> Figure:
    return Figure(f"'{metric}'", "select *, 'company' as scope_type, 'company' as scope_id from movement",
                  f"coalesce(sum(fen) filter (where {condition}), 0)", "sum(fen)", ("quarter", "year"))  # fmt: skip


_CUSTOMERS = scoped("*", "customer_sales", {"channel": "order_channel"}, where="days > 0")
_COMPANY_CUSTOMERS = scoped("*", "customer_sales", {})

_DUE = """
    select v.due_on as happened_on, v.fen, case when y.received_on < (@cut)::date then v.fen else 0 end as paid_fen,
        case when v.due_on < date '2024-01-01' then a.centre else a.region end as region
    from invoice as v join payment as y on y.v = v.v join account as a on a.account_no = v.account_no
    where year(v.issued_on) <= year(@cut)"""

SALES_FIGURES: tuple[Figure, ...] = (
    Figure("'sales_revenue'", f"select * from ({_REVENUE}) where scope_id is not null", "sum(fen)", "1", ALL_PERIODS),
    _share("service_revenue_share", "product_type = 'service'"),
    _share("share_of_product_a", "series = 'A'"),
    _share("share_of_product_b", "series = 'B'"),
    _share("online_revenue_share", "touch = 'online'"),
    _share("distribution_revenue_share", "sales_model = 'distribution'"),
    _share("social_revenue_share", "is_social"),
    _share("emerging_industry_revenue_share", f"industry in ({_EMERGING})"),
    Figure("'quarter_revenue_share'",
           """select make_date(year(happened_on), 1, 1) as happened_on, 'quarter' as scope_type,
               'Q' || quarter(happened_on) as scope_id, sum(fen) as fen, sum(sum(fen)) over (
                   partition by year(happened_on)) as whole
               from movement where happened_on < (@cut)::date group by year(happened_on), quarter(happened_on)""",
           "sum(fen)", "max(whole)"),
    Figure("'gross_margin_rate'",
           "select *, 'company' as scope_type, 'company' as scope_id from movement where order_channel = 'contract'",
           "sum(fen) - sum(cost_fen)", "sum(fen)", ("quarter", "year")),
    # X22: per closed-won order; the shop's orders apart.
    Figure("'avg_order_value'",
           scoped("sign_on as happened_on, net_fen as fen", "contract join (select account_no, region from account) "
                  "using (account_no)",
                  {"region": "case when sign_on < date '2024-01-01' then centre else region end"}),
           "sum(fen)", "count(*)", ("quarter", "year")),
    Figure("'avg_order_value'",
           """select d as happened_on, total_fen as fen, 'channel' as scope_type, 'shop' as scope_id
              from counted_order""",
           "sum(fen)", "count(*)", ALL_PERIODS),
    Figure("'avg_revenue_per_customer'", _CUSTOMERS, "sum(fen)", "count(*)"),
    Figure("'key_account_revenue_share'", _COMPANY_CUSTOMERS, "coalesce(sum(fen) filter (where fen >= 500000000), 0)",
           "sum(fen)"),
    Figure("'sme_revenue_share'", _COMPANY_CUSTOMERS, "coalesce(sum(fen) filter (where fen < 500000000), 0)",
           "sum(fen)"),
    Figure("'high_value_customer_share_revenue'", _COMPANY_CUSTOMERS,
           "coalesce(sum(fen) filter (where fen >= 1000000000), 0)", "sum(fen)"),
    Figure("'high_value_customer_share_count'", f"select * from ({_CUSTOMERS}) where order_channel = 'contract'",
           "count(*) filter (where fen >= 1000000000)", "count(*)"),
    Figure("'top50_revenue_share'", _COMPANY_CUSTOMERS, "coalesce(sum(fen) filter (where place <= 50), 0)", "sum(fen)"),
    Figure("'value_tier'",
           """select happened_on, 'tier' as scope_type, case when fen >= 5000000000 then '战略' when fen >= 1000000000
                   then '核心' when fen >= 500000000 then '重要' else '普通' end as scope_id
               from customer_sales where order_channel = 'contract' and days > 0""",
           "count(*)"),
    Figure("'repurchase_rate'", _CUSTOMERS, "count(*) filter (where days >= 2)", "count(*)"),
    # Counted in the year in which the customer no longer buys.
    Figure("'customer_churn_rate'",
           """select make_date(year + 1, 1, 1) as happened_on, has_left, is_large, 'channel' as scope_type,
                  'contract' as scope_id from churn
              union all select make_date(year + 1, 1, 1), later.b is null, false, 'channel', 'shop'
              from (select distinct year(d) as year, b from counted_order) as base
              left join (select distinct year(d) - 1 as year, b from counted_order) as later using (year, b)
              where make_date(year + 2, 1, 1) <= @cut
              union all select make_date(year + 1, 1, 1), has_left, is_large, 'segment',
                  case when is_large then 'key_account' else 'sme' end from churn""",
           "count(*) filter (where has_left)", "count(*)"),
    Figure("'churn_reason_share'",
           """select make_date(year, 1, 1) as happened_on, 'reason' as scope_type, reason as scope_id, count(*) as n,
                  sum(count(*)) over (partition by year) as whole from churn_reason group by year, reason""",
           "sum(n)", "max(whole)"),
    Figure("'churn_reason_no_service_share'",
           """select make_date(churn.year + 1, 1, 1) as happened_on, 'company' as scope_type, 'company' as scope_id,
                  reason
              from churn left join churn_reason as r on r.account_no = churn.account_no and r.year = churn.year + 1
              where has_left""",
           "count(*) filter (where reason = '缺乏持续服务')", "count(*)"),
    Figure("'collection_rate'", scoped("*", f"({_DUE})", {"region": "region"}), "sum(paid_fen)", "sum(fen)",
           ALL_PERIODS),
    Figure("case scope_type when 'company' then 'sales_target_attainment' when 'region' then 'region_attainment' "
           "else 'product_b_attainment' end",
           f"""select period_start as happened_on, t.scope_type, t.scope_id, t.fen as target_fen, sum(r.fen) as fen
               from target as t join ({_REVENUE}) as r on r.scope_type = t.scope_type and r.scope_id = t.scope_id
                   and year(r.happened_on) = year(t.period_start) and r.happened_on < (@cut)::date
               where period_type = 'year' group by all""",
           "sum(fen)", "max(target_fen)"),
    Figure("'website_conversion'",
           "select ts::date as happened_on, o, utm_source, 'company' as scope_type, 'company' as scope_id from visit",
           "count(o)", "count(*)", ("quarter", "year")),
    Figure("'social_traffic_share'",
           "select ts::date as happened_on, utm_source, 'company' as scope_type, 'company' as scope_id from visit",
           "count(*) filter (where utm_source in ('douyin', 'xiaohongshu', 'wechat'))", "count(*)",
           ("quarter", "year")),
    Figure("'promo_concentration'",
           """select d as happened_on, line_fen, is_peak, 'company' as scope_type, 'company' as scope_id
              from shop_line join (select o from shop_order where is_promo) using (o)""",
           "sum(line_fen) filter (where is_peak)", "sum(line_fen)"),
    Figure("'split_order_suspect'",
           """select signed_at::date as happened_on, is_split, 'company' as scope_type, 'company' as scope_id
              from contract_record where cancelled_at is null""",
           "count(*) filter (where is_split)", "count(*)", ("quarter", "year")),
    Figure("'cancelled_contract_rate'",
           """select signed_at::date as happened_on, cancelled_at < @cut as is_off, 'company' as scope_type,
                  'company' as scope_id from contract_record""",
           "count(*) filter (where is_off)", "count(*)"),
    Figure("'returned_payment_amount'",
           """select known_at::date as happened_on, fen, 'company' as scope_type, 'company' as scope_id
               from payment_record
              where kind = 'returned'""",
           "sum(fen)", "1", ("quarter", "year")),
)  # fmt: skip
