-- Grain: one row per customer and snapshot date, from the customer's first purchase before the snapshot on.
-- Rule: a snapshot sees only documents dated before it (half-open), never its own day or later. Snapshots are the
-- month starts from the fourth month of the data on, and last the day after the last covered day (for scoring).
-- A purchase is an order that is not cancelled; refunds (of such orders) count in money only.
with

orders as (
    select * from {{ ref('fct_order') }}
    where not is_cancelled and ordered_on is not null and customer_id <> 'unknown'
),

refunds as (
    select * from {{ ref('fct_refund_line') }}
    where not is_of_cancelled_order and refunded_on is not null and customer_id <> 'unknown'
),

snapshots as (
    select * from {{ ref('int_churn_snapshot') }}
),

order_history as (
    select
        snapshots.snapshot_date,
        orders.customer_id,
        orders.ordered_on,
        count(*) as orders,
        sum(orders.line_count) as lines,
        sum(orders.gross_fen) as gross_fen
    from snapshots
    inner join orders on snapshots.snapshot_date > orders.ordered_on
    group by all
),

with_gaps as (
    select
        *,
        ordered_on - lag(ordered_on) over (
            partition by customer_id, snapshot_date
            order by ordered_on
        ) as gap_days,
        ordered_on >= snapshot_date - {{ var('recent_days') }} as is_recent,
        ordered_on >= snapshot_date - {{ var('year_days') }} as is_last_year
    from order_history
),

purchases as (
    select
        customer_id,
        snapshot_date,
        min(ordered_on) as first_ordered_on,
        max(ordered_on) as last_ordered_on,
        count(*) as order_days,
        sum(orders) as orders,
        coalesce(sum(orders) filter (where is_recent), 0) as orders_90d,
        coalesce(sum(orders) filter (where is_last_year), 0) as orders_365d,
        sum(lines) as lines,
        sum(gross_fen) as gross_fen,
        coalesce(sum(gross_fen) filter (where is_recent), 0) as gross_90d_fen,
        median(gap_days) as median_gap_days
    from with_gaps
    group by all
),

refund_sums as (
    select
        refunds.customer_id,
        snapshots.snapshot_date,
        sum(refunds.refund_fen) as refund_fen,
        coalesce(
            sum(refunds.refund_fen) filter (
                where refunds.refunded_on >= snapshots.snapshot_date - {{ var('recent_days') }}
            ), 0
        ) as refund_90d_fen
    from snapshots
    inner join refunds on snapshots.snapshot_date > refunds.refunded_on
    group by all
),

final as (
    select
        cast(purchases.customer_id as varchar) as customer_id,
        cast(purchases.snapshot_date as date) as snapshot_date,
        cast(purchases.snapshot_date - purchases.last_ordered_on as integer) as recency_days,
        cast(purchases.snapshot_date - purchases.first_ordered_on as integer) as tenure_days,
        cast(purchases.order_days as integer) as order_days,
        cast(purchases.order_days - 1 as integer) as frequency,
        cast(purchases.last_ordered_on - purchases.first_ordered_on as integer) as t_x_days,
        cast(purchases.orders_90d as integer) as orders_90d,
        cast(purchases.orders_365d as integer) as orders_365d,
        cast(purchases.gross_fen - coalesce(refund_sums.refund_fen, 0) as bigint) as net_fen,
        cast(purchases.gross_90d_fen - coalesce(refund_sums.refund_90d_fen, 0) as bigint) as net_90d_fen,
        cast({{ divide_half_up('purchases.gross_fen', 'purchases.orders') }} as bigint) as avg_order_fen,
        cast(purchases.lines as integer) as lines,
        cast(coalesce(refund_sums.refund_fen, 0) as bigint) as refund_fen,
        cast(purchases.median_gap_days as double) as median_gap_days
    from purchases
    left join refund_sums
        on
            purchases.customer_id = refund_sums.customer_id
            and purchases.snapshot_date = refund_sums.snapshot_date
)

select * from final
