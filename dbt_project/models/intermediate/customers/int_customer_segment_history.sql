-- Grain: one row per quarter and customer that stands for itself at the end of it, with its three bands and its
-- group; beside them those that it would have if nothing had been merged or separated in the quarter (organic).
-- is_reclassified_by_merge: only merges and separations make a band or the group differ. Plan 5.2, 5.7.
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

-- An end that is no NULL: DuckDB joins `is null or <` by comparing all rows with all.
rules as (
    select
        *,
        coalesce(
            lead(valid_from) over (partition by value_tier, potential, loyalty order by valid_from),
            date '{{ var("open_future") }}'
        ) as valid_to
    from {{ ref('segment_rule') }}
),

bands as (
    select
        basis,
        quarter_start,
        customer_id,
        max(band) filter (where dimension = 'potential') as potential,
        max(points) filter (where dimension = 'potential') as potential_points,
        max(band_basis) filter (where dimension = 'potential') as potential_basis,
        max(band) filter (where dimension = 'loyalty') as loyalty,
        max(points) filter (where dimension = 'loyalty') as loyalty_points,
        max(band_basis) filter (where dimension = 'loyalty') as loyalty_basis
    from scores
    group by all
),

grouped as (
    select
        quarter_values.*,
        bands.potential,
        bands.potential_points,
        bands.potential_basis,
        bands.loyalty,
        bands.loyalty_points,
        bands.loyalty_basis,
        rules.segment_code
    from quarter_values
    inner join bands
        on
            quarter_values.basis = bands.basis
            and quarter_values.quarter_start = bands.quarter_start
            and quarter_values.customer_id = bands.customer_id
    left join rules
        on
            quarter_values.tier_code = rules.value_tier
            and bands.potential = rules.potential
            and bands.loyalty = rules.loyalty
            and quarter_values.quarter_end >= rules.valid_from
            and quarter_values.quarter_end < rules.valid_to
),

final as (
    select
        grouped.quarter_start as quarter,
        grouped.customer_id,
        grouped.tier_code as value_tier,
        grouped.potential,
        grouped.potential_points,
        grouped.potential_basis,
        grouped.loyalty,
        grouped.loyalty_points,
        grouped.loyalty_basis,
        grouped.segment_code,
        grouped.window_fen,
        grouped.annual_fen,
        grouped.is_annualised,
        quarters.is_window_complete,
        organic.tier_code as organic_tier_code,
        organic.potential as organic_potential,
        organic.loyalty as organic_loyalty,
        organic.segment_code as organic_segment_code,
        organic.annual_fen as organic_annual_fen,
        (
            grouped.tier_code is distinct from organic.tier_code
            or grouped.potential is distinct from organic.potential
            or grouped.loyalty is distinct from organic.loyalty
            or grouped.segment_code is distinct from organic.segment_code
        ) as is_reclassified_by_merge,
        grouped.order_days,
        grouped.first_order_on,
        grouped.last_order_on,
        grouped.record_count,
        traits.is_churn_risk,
        traits.churn_flag_basis,
        traits.has_lapsed,
        traits.last_open_on,
        quarters.is_latest
    from grouped
    inner join quarters on grouped.quarter_start = quarters.quarter_start
    inner join traits
        on
            grouped.basis = traits.basis
            and grouped.quarter_start = traits.quarter_start
            and grouped.customer_id = traits.customer_id
    left join grouped as organic
        on
            grouped.quarter_start = organic.quarter_start
            and grouped.customer_id = organic.customer_id
            and organic.basis = 'organic'
    where grouped.basis = 'actual'
)

select * from final
