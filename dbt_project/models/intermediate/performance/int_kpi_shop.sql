-- Grain: one row per metric, period and currency of the shop channel.
-- Revenue = order lines less refunds, each on its own day. A customer repurchases by ordering on repurchase_order_days
-- days of the period, so that an order split into two documents is not one. Cancelled orders count nowhere,
-- nor do their refunds; an order that is refunded in full is none, neither for its value nor for its customer. Plan
-- 2.1, 5.4.
with

orders as (
    select
        orders.*,
        not coalesce(order_refunds.is_refunded, false) as is_order
    from {{ ref('fct_order') }} as orders
    left join {{ ref('int_order_refund') }} as order_refunds on orders.order_id = order_refunds.order_id
    where not orders.is_cancelled
),

refunds as (
    select * from {{ ref('fct_refund_line') }}
    where not is_of_cancelled_order
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

movements as (
    select ordered_on as moved_on, currency, gross_fen as net_fen, is_order
    from orders
    union all
    select refunded_on as moved_on, currency, -refund_fen as net_fen, false as is_order
    from refunds
),

days as (
    select
        moved_on,
        currency,
        sum(net_fen) as net_fen,
        coalesce(sum(net_fen) filter (where is_order), 0) as order_fen,
        count(*) filter (where is_order) as order_count
    from movements
    group by all
),

customer_days as (
    select distinct
        customer_id,
        ordered_on
    from orders
    where is_order and customer_id <> 'unknown'
),

-- Only days become periods, and there are few of them: not every document three times.
periods as (
    select
        days.moved_on,
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'days.moved_on', 'min(days.moved_on) over ()') }} as period_start
    from (select distinct moved_on from days) as days
    cross join {{ kpi_period_types() }} as periods
),

money as (
    select
        periods.period_type,
        periods.period_start,
        days.currency,
        sum(days.net_fen) as net_fen,
        sum(days.order_fen) as order_fen,
        sum(days.order_count) as order_count
    from days
    inner join periods on days.moved_on = periods.moved_on
    where periods.period_start is not null
    group by all
),

buyers as (
    select
        periods.period_type,
        periods.period_start,
        customer_days.customer_id,
        count(*) as order_days
    from customer_days
    inner join periods on customer_days.ordered_on = periods.moved_on
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
        order_fen as numerator, order_count as denominator
    from money
    where order_count > 0
    union all
    select
        'repurchase_rate' as metric_code, buyers.period_type, buyers.period_start, null as currency,
        count(*) filter (where buyers.order_days >= rules.repurchase_order_days) as numerator,
        count(*) as denominator
    from buyers
    cross join rules
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
