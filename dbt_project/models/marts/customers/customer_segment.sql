-- Grain: one row per customer that stands for itself at the end of a quarter and quarter since its first order.
-- Rule: value x potential x loyalty (36 cells) to nine groups by seed segment_rule, evaluated at each quarter's end;
-- past quarters keep the bounds and the merges of their day. Purchases in a currency without tiers give no value tier
-- and no group. Plan 5.2, domain study 5.6.
with

quarter_values as (
    select * from {{ ref('int_customer_quarter_value') }}
),

traits as (
    select * from {{ ref('int_customer_quarter_trait') }}
),

scores as (
    select * from {{ ref('int_customer_quarter_score') }}
),

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

customers as (
    select customer_id, customer_origin from {{ ref('dim_customer') }}
),

segments as (
    select
        *,
        lead(valid_from) over (partition by value_tier, potential, loyalty order by valid_from) as valid_to
    from {{ ref('segment_rule') }}
),

final as (
    select
        cast(quarter_values.customer_id as varchar) as customer_id,
        cast(quarter_values.quarter_start as date) as quarter,
        cast(customers.customer_origin as varchar) as customer_origin,
        cast(quarter_values.tier_code as varchar) as value_tier,
        cast(potential.band as varchar) as potential,
        cast(loyalty.band as varchar) as loyalty,
        cast(segments.segment_code as varchar) as segment_code,
        cast(quarter_values.annual_fen as bigint) as annual_fen,
        cast(quarter_values.is_annualised as boolean) as is_annualised,
        cast(quarter_values.organic_tier_code as varchar) as organic_value_tier,
        cast(quarter_values.organic_annual_fen as bigint) as organic_annual_fen,
        cast(quarter_values.tier_code is distinct from quarter_values.organic_tier_code as boolean)
            as is_reclassified_by_merge,
        cast(potential.points as integer) as potential_points,
        cast(potential.basis as varchar) as potential_basis,
        cast(loyalty.points as integer) as loyalty_points,
        cast(loyalty.basis as varchar) as loyalty_basis,
        cast(traits.is_churn_risk as boolean) as is_churn_risk,
        cast(traits.churn_flag_basis as varchar) as churn_flag_basis,
        cast(quarter_values.order_days as bigint) as order_days,
        cast(quarter_values.first_order_on as date) as first_order_on,
        cast(quarter_values.last_order_on as date) as last_order_on,
        cast(traits.last_open_on as date) as last_mail_open_on,
        cast(quarter_values.record_count as bigint) as record_count,
        cast(quarters.is_latest as boolean) as is_latest
    from quarter_values
    inner join quarters on quarter_values.quarter_start = quarters.quarter_start
    inner join traits
        on quarter_values.quarter_start = traits.quarter_start and quarter_values.customer_id = traits.customer_id
    inner join scores as potential
        on
            quarter_values.quarter_start = potential.quarter_start
            and quarter_values.customer_id = potential.customer_id
            and potential.dimension = 'potential'
    inner join scores as loyalty
        on
            quarter_values.quarter_start = loyalty.quarter_start
            and quarter_values.customer_id = loyalty.customer_id
            and loyalty.dimension = 'loyalty'
    inner join customers on quarter_values.customer_id = customers.customer_id
    left join segments
        on
            quarter_values.tier_code = segments.value_tier
            and potential.band = segments.potential
            and loyalty.band = segments.loyalty
            and quarters.quarter_end >= segments.valid_from
            and (segments.valid_to is null or quarters.quarter_end < segments.valid_to)
)

select * from final
