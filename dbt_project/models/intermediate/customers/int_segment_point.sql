-- Grain: one row per factor of potential and loyalty and span of days in which its points hold.
with

points as (
    select * from {{ ref('segment_point') }}
),

final as (
    select
        *,
        lead(valid_from) over (partition by dimension, factor order by valid_from) as valid_to
    from points
)

select * from final
