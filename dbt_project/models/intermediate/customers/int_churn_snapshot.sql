-- Grain: one row per snapshot date of the churn features; the last one (is_scoring) is the day after the data ends.
with

orders as (
    select * from {{ ref('fct_order') }}
),

coverage as (
    select data_through from {{ ref('int_channel_coverage') }}
    where order_channel = 'shop'
),

bounds as (
    select
        {{ month_start('min(orders.ordered_on)') }}
        + to_months({{ var('churn_first_snapshot_month') }} - 1) as first_snapshot,
        max(coverage.data_through) as data_through
    from orders
    cross join coverage
),

snapshots as (
    select cast(unnest({{ month_list('first_snapshot', 'data_through') }}) as date) as snapshot_date
    from bounds
    union
    select data_through + 1 as snapshot_date
    from bounds
    where data_through + 1 >= first_snapshot
),

final as (
    select
        snapshots.snapshot_date,
        bounds.data_through,
        snapshots.snapshot_date > bounds.data_through as is_scoring
    from snapshots
    cross join bounds
)

select * from final
