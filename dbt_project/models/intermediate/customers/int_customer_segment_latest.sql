-- Grain: one row per customer that stands for itself at the end of the newest complete quarter, with its group.
with

segments as (
    select * from {{ ref('int_customer_segment_history') }}
    where is_latest
),

tiers as (
    select distinct tier_code, is_key_account from {{ ref('int_value_tier') }}
    where valid_to is null
),

final as (
    select
        segments.*,
        tiers.is_key_account
    from segments
    left join tiers on segments.value_tier = tiers.tier_code
)

select * from final
