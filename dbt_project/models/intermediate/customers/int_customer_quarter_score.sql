-- Grain: one row per quarter, customer and dimension (potential, loyalty), with the points and the band that they
-- reach. A rating of the CRM stands for potential where there is one; points are the default. The churn flag puts a
-- customer at risk whatever its points. Weights and thresholds are not in the plan: seeds segment_point,
-- segment_band. Plan 5.2, 5.6.
with

traits as (
    select traits.*, quarters.quarter_end
    from {{ ref('int_customer_quarter_trait') }} as traits
    inner join {{ ref('int_segment_quarter') }} as quarters on traits.quarter_start = quarters.quarter_start
),

points as (
    select * from {{ ref('int_segment_point') }}
),

bands as (
    select
        *,
        lead(valid_from) over (partition by dimension, band order by valid_from) as valid_to
    from {{ ref('segment_band') }}
),

factors as (
    select
        quarter_start, quarter_end, customer_id, 'potential' as dimension, 'emerging_industry' as factor,
        is_emerging_industry as has_factor
    from traits
    union all
    select
        quarter_start, quarter_end, customer_id, 'potential' as dimension, 'expansion_plan' as factor,
        has_expansion_plan as has_factor
    from traits
    union all
    select
        quarter_start, quarter_end, customer_id, 'potential' as dimension, 'deep_cooperation' as factor,
        has_deep_cooperation as has_factor
    from traits
    union all
    select
        quarter_start, quarter_end, customer_id, 'loyalty' as dimension, 'repurchased' as factor,
        has_repurchased as has_factor
    from traits
    union all
    select
        quarter_start, quarter_end, customer_id, 'loyalty' as dimension, 'satisfied' as factor,
        coalesce(is_satisfied, false) as has_factor
    from traits
    union all
    select
        quarter_start, quarter_end, customer_id, 'loyalty' as dimension, 'long_relation' as factor,
        has_long_relation as has_factor
    from traits
),

scored as (
    select
        factors.quarter_start,
        factors.quarter_end,
        factors.customer_id,
        factors.dimension,
        coalesce(sum(points.points) filter (where factors.has_factor), 0) as points
    from factors
    left join points
        on
            factors.dimension = points.dimension
            and factors.factor = points.factor
            and factors.quarter_end >= points.valid_from
            and (points.valid_to is null or factors.quarter_end < points.valid_to)
    group by all
),

banded as (
    select
        scored.*,
        bands.band,
        row_number() over (
            partition by scored.quarter_start, scored.customer_id, scored.dimension
            order by bands.band_order desc nulls last
        ) as band_age
    from scored
    left join bands
        on
            scored.dimension = bands.dimension
            and scored.quarter_end >= bands.valid_from
            and (bands.valid_to is null or scored.quarter_end < bands.valid_to)
            and (scored.points > bands.low_points or (bands.inclusive and scored.points = bands.low_points))
),

final as (
    select
        banded.quarter_start,
        banded.customer_id,
        banded.dimension,
        cast(banded.points as integer) as points,
        case
            when banded.dimension = 'potential' then coalesce(traits.rated_potential, banded.band)
            when traits.is_churn_risk then 'at_risk'
            else banded.band
        end as band,
        case
            when banded.dimension = 'potential' and traits.rated_potential is not null then 'rated'
            when banded.dimension = 'loyalty' and traits.is_churn_risk then 'churn_flag'
            else 'points'
        end as basis
    from banded
    inner join traits on banded.quarter_start = traits.quarter_start and banded.customer_id = traits.customer_id
    where banded.band_age = 1
)

select * from final
