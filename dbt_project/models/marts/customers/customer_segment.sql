-- Grain: one row per customer that stands for itself at the end of a quarter and quarter since its first order.
-- Rule: value x potential x loyalty (36 cells) to nine groups by seed segment_rule, evaluated at each quarter's end;
-- past quarters keep the bounds, the merges and what the CRM said on their day. Purchases in another currency than the
-- default one give no value tier and no group. Plan 5.2.
with

segments as (
    select * from {{ ref('int_customer_segment_history') }}
),

customers as (
    select customer_id, customer_origin from {{ ref('dim_customer') }}
),

final as (
    select
        cast(segments.customer_id as varchar) as customer_id,
        cast(segments.quarter as date) as quarter,
        cast(customers.customer_origin as varchar) as customer_origin,
        cast(segments.value_tier as varchar) as value_tier,
        cast(segments.potential as varchar) as potential,
        cast(segments.loyalty as varchar) as loyalty,
        cast(segments.segment_code as varchar) as segment_code,
        cast(segments.annual_fen as bigint) as annual_fen,
        cast(segments.is_annualised as boolean) as is_annualised,
        cast(segments.is_window_complete as boolean) as is_window_complete,
        cast(segments.organic_tier_code as varchar) as organic_value_tier,
        cast(segments.organic_potential as varchar) as organic_potential,
        cast(segments.organic_loyalty as varchar) as organic_loyalty,
        cast(segments.organic_segment_code as varchar) as organic_segment_code,
        cast(segments.organic_annual_fen as bigint) as organic_annual_fen,
        cast(segments.is_reclassified_by_merge as boolean) as is_reclassified_by_merge,
        cast(segments.potential_points as integer) as potential_points,
        cast(segments.potential_basis as varchar) as potential_basis,
        cast(segments.loyalty_points as integer) as loyalty_points,
        cast(segments.loyalty_basis as varchar) as loyalty_basis,
        cast(segments.is_churn_risk as boolean) as is_churn_risk,
        cast(segments.churn_flag_basis as varchar) as churn_flag_basis,
        cast(segments.has_lapsed as boolean) as has_lapsed,
        cast(segments.order_days as bigint) as order_days,
        cast(segments.first_order_on as date) as first_order_on,
        cast(segments.last_order_on as date) as last_order_on,
        cast(segments.last_open_on as date) as last_mail_open_on,
        cast(segments.record_count as bigint) as record_count,
        cast(segments.is_latest as boolean) as is_latest
    from segments
    inner join customers on segments.customer_id = customers.customer_id
)

select * from final
