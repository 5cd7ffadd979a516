-- Grain: one row per quarter and customer that stands for itself at the end of it, with its three bands and its
-- group.
with

quarter_values as (
    select * from {{ ref('int_customer_quarter_value') }}
),

scores as (
    select * from {{ ref('int_customer_quarter_score') }}
),

traits as (
    select * from {{ ref('int_customer_quarter_trait') }}
),

quarters as (
    select * from {{ ref('int_segment_quarter') }}
),

rules as (
    select
        *,
        lead(valid_from) over (partition by value_tier, potential, loyalty order by valid_from) as valid_to
    from {{ ref('segment_rule') }}
),

bands as (
    select
        quarter_start,
        customer_id,
        max(band) filter (where dimension = 'potential') as potential,
        max(points) filter (where dimension = 'potential') as potential_points,
        max(basis) filter (where dimension = 'potential') as potential_basis,
        max(band) filter (where dimension = 'loyalty') as loyalty,
        max(points) filter (where dimension = 'loyalty') as loyalty_points,
        max(basis) filter (where dimension = 'loyalty') as loyalty_basis
    from scores
    group by all
),

final as (
    select
        quarter_values.quarter_start as quarter,
        quarter_values.customer_id,
        quarter_values.tier_code as value_tier,
        quarter_values.organic_tier_code,
        quarter_values.annual_fen,
        quarter_values.organic_annual_fen,
        quarter_values.is_annualised,
        quarter_values.order_days,
        quarter_values.first_order_on,
        quarter_values.last_order_on,
        quarter_values.record_count,
        bands.potential,
        bands.potential_points,
        bands.potential_basis,
        bands.loyalty,
        bands.loyalty_points,
        bands.loyalty_basis,
        rules.segment_code,
        traits.is_churn_risk,
        traits.churn_flag_basis,
        traits.has_lapsed,
        traits.last_open_on,
        quarters.is_latest
    from quarter_values
    inner join quarters on quarter_values.quarter_start = quarters.quarter_start
    inner join traits
        on quarter_values.quarter_start = traits.quarter_start and quarter_values.customer_id = traits.customer_id
    inner join bands
        on quarter_values.quarter_start = bands.quarter_start and quarter_values.customer_id = bands.customer_id
    left join rules
        on
            quarter_values.tier_code = rules.value_tier
            and bands.potential = rules.potential
            and bands.loyalty = rules.loyalty
            and quarters.quarter_end >= rules.valid_from
            and (rules.valid_to is null or quarters.quarter_end < rules.valid_to)
)

select * from final
