-- Grain: one row per customer and snapshot date, from the customer's first purchase before the snapshot on.
-- Rule: a snapshot sees only documents dated before it (half-open), never its own day or later. Snapshots are the
-- month starts from the fourth month of the data on, and last the day after the last covered day (for scoring).
-- A purchase is an order that is not cancelled as known now: an order cancelled after a snapshot is in none, the one
-- thing that a past snapshot knows of its future. Refunds (of purchases) count in money only.
-- A document enters at the first snapshot after its day, and leaves a window at the first snapshot after the window
-- has passed it; what a snapshot sees is the running sum. Joining each snapshot with all orders before it would grow
-- with the square of the history.
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
    select
        snapshot_date,
        row_number() over (order by snapshot_date) as snapshot_no
    from {{ ref('int_churn_snapshot') }}
),

order_days as (
    select
        customer_id,
        ordered_on,
        count(*) as orders,
        sum(line_count) as lines,
        sum(gross_fen) as gross_fen,
        ordered_on - lag(ordered_on) over (partition by customer_id order by ordered_on) as gap_days
    from orders
    group by customer_id, ordered_on
),

purchases as (
    select
        *,
        median(gap_days) over (
            partition by customer_id
            order by ordered_on
            rows unbounded preceding
        ) as median_gap_days
    from order_days
),

refund_days as (
    select
        customer_id,
        refunded_on,
        sum(refund_fen) as refund_fen
    from refunds
    group by customer_id, refunded_on
),

document_days as (
    select ordered_on as document_on from order_days
    union
    select refunded_on as document_on from refund_days
),

entries as (
    select
        document_days.document_on,
        min(snapshots.snapshot_no) filter (
            where snapshots.snapshot_date > document_days.document_on
        ) as enters_at,
        min(snapshots.snapshot_no) filter (
            where snapshots.snapshot_date > document_days.document_on + {{ var('recent_days') }}
        ) as leaves_recent_at,
        min(snapshots.snapshot_no) filter (
            where snapshots.snapshot_date > document_days.document_on + {{ var('year_days') }}
        ) as leaves_year_at
    from document_days
    cross join snapshots
    group by document_days.document_on
),

dated_purchases as (
    select
        purchases.*,
        entries.enters_at,
        entries.leaves_recent_at,
        entries.leaves_year_at
    from purchases
    inner join entries on purchases.ordered_on = entries.document_on
),

dated_refunds as (
    select
        refund_days.*,
        entries.enters_at,
        entries.leaves_recent_at,
        entries.leaves_year_at
    from refund_days
    inner join entries on refund_days.refunded_on = entries.document_on
),

changes as (
    select
        customer_id, enters_at as snapshot_no, ordered_on, median_gap_days, 1 as order_days,
        orders, orders as orders_90d, orders as orders_365d, lines,
        gross_fen, gross_fen as gross_90d_fen, 0 as refund_fen, 0 as refund_90d_fen
    from dated_purchases
    union all by name
    select
        customer_id, leaves_recent_at as snapshot_no,
        -orders as orders_90d, -gross_fen as gross_90d_fen
    from dated_purchases
    union all by name
    select
        customer_id, leaves_year_at as snapshot_no,
        -orders as orders_365d
    from dated_purchases
    union all by name
    select
        customer_id, enters_at as snapshot_no,
        refund_fen, refund_fen as refund_90d_fen
    from dated_refunds
    union all by name
    select
        customer_id, leaves_recent_at as snapshot_no,
        -refund_fen as refund_90d_fen
    from dated_refunds
),

steps as (
    select
        customer_id,
        snapshot_no,
        min(ordered_on) as first_ordered_on,
        max(ordered_on) as last_ordered_on,
        arg_max(median_gap_days, ordered_on) as median_gap_days,
        coalesce(sum(order_days), 0) as order_days,
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(orders_90d), 0) as orders_90d,
        coalesce(sum(orders_365d), 0) as orders_365d,
        coalesce(sum(lines), 0) as lines,
        coalesce(sum(gross_fen), 0) as gross_fen,
        coalesce(sum(gross_90d_fen), 0) as gross_90d_fen,
        coalesce(sum(refund_fen), 0) as refund_fen,
        coalesce(sum(refund_90d_fen), 0) as refund_90d_fen
    from changes
    where snapshot_no is not null
    group by customer_id, snapshot_no
),

states as (
    select
        customer_id,
        snapshot_no,
        lead(snapshot_no) over (partition by customer_id order by snapshot_no) as next_snapshot_no,
        min(first_ordered_on) over running as first_ordered_on,
        max(last_ordered_on) over running as last_ordered_on,
        last_value(median_gap_days ignore nulls) over running as median_gap_days,
        sum(order_days) over running as order_days,
        sum(orders) over running as orders,
        sum(orders_90d) over running as orders_90d,
        sum(orders_365d) over running as orders_365d,
        sum(lines) over running as lines,
        sum(gross_fen) over running as gross_fen,
        sum(gross_90d_fen) over running as gross_90d_fen,
        sum(refund_fen) over running as refund_fen,
        sum(refund_90d_fen) over running as refund_90d_fen
    from steps
    window running as (partition by customer_id order by snapshot_no rows unbounded preceding)
),

ends as (
    select max(snapshot_no) + 1 as end_no from snapshots
),

-- Every snapshot up to the next change sees the same.
seen as (
    select
        states.* exclude (snapshot_no),
        unnest(range(states.snapshot_no, coalesce(states.next_snapshot_no, ends.end_no))) as snapshot_no
    from states
    cross join ends
    where states.order_days > 0
),

final as (
    select
        cast(seen.customer_id as varchar) as customer_id,
        cast(snapshots.snapshot_date as date) as snapshot_date,
        cast(snapshots.snapshot_date - seen.last_ordered_on as integer) as recency_days,
        cast(snapshots.snapshot_date - seen.first_ordered_on as integer) as tenure_days,
        cast(seen.order_days as integer) as order_days,
        cast(seen.order_days - 1 as integer) as frequency,
        cast(seen.last_ordered_on - seen.first_ordered_on as integer) as t_x_days,
        cast(seen.orders_90d as integer) as orders_90d,
        cast(seen.orders_365d as integer) as orders_365d,
        cast(seen.gross_fen - seen.refund_fen as bigint) as net_fen,
        cast(seen.gross_90d_fen - seen.refund_90d_fen as bigint) as net_90d_fen,
        cast({{ divide_half_up('seen.gross_fen', 'seen.orders') }} as bigint) as avg_order_fen,
        cast(seen.lines as integer) as lines,
        cast(seen.refund_fen as bigint) as refund_fen,
        cast(seen.median_gap_days as double) as median_gap_days
    from seen
    inner join snapshots on seen.snapshot_no = snapshots.snapshot_no
)

select * from final
