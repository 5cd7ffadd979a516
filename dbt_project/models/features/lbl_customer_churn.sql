-- Grain: one row per customer and snapshot date whose label is known.
-- Rule: churned = no purchase in [snapshot, snapshot + 90 days); known only if that window ended by the last
-- covered day. Kept apart from the features, which may never see it. Plan 5.3.
with

features as (
    select customer_id, snapshot_date from {{ ref('feat_customer_snapshot') }}
),

snapshots as (
    select
        snapshot_date,
        snapshot_date + {{ var('churn_horizon_days') }} as label_end
    from {{ ref('int_churn_snapshot') }}
    where snapshot_date + {{ var('churn_horizon_days') }} <= data_through + 1
),

orders as (
    select * from {{ ref('fct_order') }}
    where not is_cancelled
),

buyers as (
    select distinct
        orders.customer_id,
        snapshots.snapshot_date
    from snapshots
    inner join orders
        on
            snapshots.snapshot_date <= orders.ordered_on
            and snapshots.label_end > orders.ordered_on
),

final as (
    select
        cast(features.customer_id as varchar) as customer_id,
        cast(features.snapshot_date as date) as snapshot_date,
        cast({{ var('churn_horizon_days') }} as integer) as horizon_days,
        cast(buyers.customer_id is null as boolean) as churned,
        cast(snapshots.label_end as date) as label_end
    from features
    inner join snapshots on features.snapshot_date = snapshots.snapshot_date
    left join buyers
        on
            features.customer_id = buyers.customer_id
            and features.snapshot_date = buyers.snapshot_date
)

select * from final
