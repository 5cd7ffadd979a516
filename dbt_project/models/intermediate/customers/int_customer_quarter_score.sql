-- Grain: one row per basis (actual, organic), quarter, customer and dimension (potential, loyalty), with the points
-- and the band that they reach. A rating of the CRM stands for potential where there is one; points are the default.
-- The churn flag puts a customer at risk whatever its points. Weights and thresholds are not in the plan: seeds
-- segment_point, segment_band. Plan 5.2, 5.6.
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

weights as (
    select
        quarters.quarter_start,
        coalesce(sum(points.points) filter (where points.factor = 'emerging_industry'), 0) as emerging_industry,
        coalesce(sum(points.points) filter (where points.factor = 'expansion_plan'), 0) as expansion_plan,
        coalesce(sum(points.points) filter (where points.factor = 'deep_cooperation'), 0) as deep_cooperation,
        coalesce(sum(points.points) filter (where points.factor = 'repurchased'), 0) as repurchased,
        coalesce(sum(points.points) filter (where points.factor = 'satisfied'), 0) as satisfied,
        coalesce(sum(points.points) filter (where points.factor = 'long_relation'), 0) as long_relation
    from {{ ref('int_segment_quarter') }} as quarters
    left join points
        on
            quarters.quarter_end >= points.valid_from
            and (points.valid_to is null or quarters.quarter_end < points.valid_to)
    group by quarters.quarter_start
),

scored as (
    select
        traits.basis,
        traits.quarter_start,
        traits.quarter_end,
        traits.customer_id,
        'potential' as dimension,
        case when traits.is_emerging_industry then weights.emerging_industry else 0 end
        + case when traits.has_expansion_plan then weights.expansion_plan else 0 end
        + case when traits.has_deep_cooperation then weights.deep_cooperation else 0 end as points
    from traits
    inner join weights on traits.quarter_start = weights.quarter_start
    union all
    select
        traits.basis,
        traits.quarter_start,
        traits.quarter_end,
        traits.customer_id,
        'loyalty' as dimension,
        case when traits.has_repurchased then weights.repurchased else 0 end
        + case when traits.is_satisfied then weights.satisfied else 0 end
        + case when traits.has_long_relation then weights.long_relation else 0 end as points
    from traits
    inner join weights on traits.quarter_start = weights.quarter_start
),

banded as (
    select
        scored.*,
        bands.band,
        row_number() over (
            partition by scored.basis, scored.quarter_start, scored.customer_id, scored.dimension
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
        banded.basis,
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
        end as band_basis
    from banded
    inner join traits
        on
            banded.basis = traits.basis
            and banded.quarter_start = traits.quarter_start
            and banded.customer_id = traits.customer_id
    where banded.band_age = 1
)

select * from final
