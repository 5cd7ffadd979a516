-- Grain: one row per province and span of days in which it belongs to one region; is_latest marks the region of
-- today.
with

assigned as (
    select * from {{ ref('province_region') }}
),

final as (
    select
        province,
        region_id,
        valid_from,
        lead(valid_from) over (partition by province order by valid_from) as valid_to,
        row_number() over (partition by province order by valid_from desc) = 1 as is_latest
    from assigned
)

select * from final
