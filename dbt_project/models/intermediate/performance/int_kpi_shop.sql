-- Grain: one row per metric, period and currency of the shop channel.
-- Revenue = order lines less refunds, each on its own day. A customer repurchases by ordering on two days of the
-- period, so that an order split into two documents is not one. Cancelled orders count nowhere,
-- nor do their refunds. Plan 2.1, 5.4.
with

orders as (
    select * from {{ ref('fct_order') }}
    where not is_cancelled
),

refunds as (
    select * from {{ ref('fct_refund_line') }}
    where not is_of_cancelled_order
),

movements as (
    select ordered_on as moved_on, customer_id, currency, gross_fen as net_fen, gross_fen, true as is_order
    from orders
    union all
    select refunded_on as moved_on, customer_id, currency, -refund_fen as net_fen, 0 as gross_fen, false as is_order
    from refunds
),

scoped as (
    select
        movements.*,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'movements.moved_on', 'min(movements.moved_on) over ()') }}
            as period_start
    from movements
    cross join {{ kpi_period_types() }} as periods
),

money as (
    select
        period_type,
        period_start,
        currency,
        sum(net_fen) as net_fen,
        sum(gross_fen) as gross_fen,
        count(*) filter (where is_order) as order_count
    from scoped
    where period_start is not null
    group by all
),

customer_days as (
    select
        period_type,
        period_start,
        customer_id,
        count(distinct moved_on) as order_days
    from scoped
    where is_order and customer_id <> 'unknown' and period_start is not null
    group by all
),

metrics as (
    select
        'sales_revenue' as metric_code, period_type, period_start, currency,
        net_fen as numerator, 1 as denominator
    from money
    union all
    select
        'avg_order_value' as metric_code, period_type, period_start, currency,
        gross_fen as numerator, order_count as denominator
    from money
    where order_count > 0
    union all
    select
        'repurchase_rate' as metric_code, period_type, period_start, null as currency,
        count(*) filter (where order_days >= 2) as numerator, count(*) as denominator
    from customer_days
    group by all
),

final as (
    select
        metric_code,
        period_type,
        period_start,
        'channel' as scope_type,
        'shop' as scope_id,
        currency,
        numerator,
        denominator,
        'ecommerce' as source
    from metrics
)

select * from final
