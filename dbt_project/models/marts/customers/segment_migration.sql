-- Grain: one row per pair of neighbouring quarters, group and value tier before and after, and kind of movement.
-- Kinds: stayed, moved (the group differs), new (first order in the quarter), reclassified_by_merge (tier, potential,
-- loyalty or group differ from what they would be had nothing been merged or separated), merged_away and separated (the
-- customer itself went or came by that), inactive (no order in the value window of either end: gone before, and gone
-- still). A move by merge is never counted as one by trade. Each quarter's customers are counted exactly once on each
-- side. Plan 5.2.
with

segments as (
    select * from {{ ref('int_customer_segment_history') }}
),

quarters as (
    select
        quarter_start as quarter,
        lag(quarter_start) over (order by quarter_start) as previous_quarter
    from {{ ref('int_segment_quarter') }}
),

pairs as (
    select
        coalesce(later.quarter, next_quarter.quarter) as quarter,
        coalesce(earlier.customer_id, later.customer_id) as customer_id,
        earlier.segment_code as from_segment_code,
        later.segment_code as to_segment_code,
        earlier.value_tier as from_value_tier,
        later.value_tier as to_value_tier,
        earlier.annual_fen as from_annual_fen,
        later.annual_fen as to_annual_fen,
        earlier.customer_id is not null as is_before,
        later.customer_id is not null as is_after,
        later.first_order_on,
        later.is_reclassified_by_merge as is_by_merge,
        earlier.order_days > 0 or later.order_days > 0 as has_ordered
    from segments as earlier
    inner join quarters as next_quarter on earlier.quarter = next_quarter.previous_quarter
    full outer join segments as later
        on earlier.customer_id = later.customer_id and next_quarter.quarter = later.quarter
),

kinds as (
    select
        pairs.*,
        quarters.previous_quarter,
        case
            when not pairs.is_after then 'merged_away'
            when not pairs.is_before and pairs.first_order_on >= pairs.quarter then 'new'
            when not pairs.is_before then 'separated'
            when pairs.is_by_merge then 'reclassified_by_merge'
            when not pairs.has_ordered then 'inactive'
            when coalesce(pairs.from_segment_code, 'none') <> coalesce(pairs.to_segment_code, 'none') then 'moved'
            else 'stayed'
        end as movement_kind
    from pairs
    inner join quarters on pairs.quarter = quarters.quarter
    where quarters.previous_quarter is not null
),

final as (
    select
        cast(previous_quarter as date) as from_quarter,
        cast(quarter as date) as to_quarter,
        cast(coalesce(from_segment_code, 'none') as varchar) as from_segment_code,
        cast(coalesce(to_segment_code, 'none') as varchar) as to_segment_code,
        cast(coalesce(from_value_tier, 'none') as varchar) as from_value_tier,
        cast(coalesce(to_value_tier, 'none') as varchar) as to_value_tier,
        cast(movement_kind as varchar) as movement_kind,
        cast(movement_kind in ('reclassified_by_merge', 'merged_away', 'separated') as boolean)
            as is_reclassified_by_merge,
        cast(count(*) as bigint) as customers,
        cast(count(*) filter (where is_before) as bigint) as customers_before,
        cast(count(*) filter (where is_after) as bigint) as customers_after,
        cast(coalesce(sum(from_annual_fen), 0) as bigint) as from_annual_fen,
        cast(coalesce(sum(to_annual_fen), 0) as bigint) as to_annual_fen
    from kinds
    group by all
)

select * from final
