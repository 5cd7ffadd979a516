-- Grain: one row per province and reorganisation that moves it from one region to another.
-- Rule: two rows of a province in seed province_region that follow one another. A region is split where its provinces
-- go to more than one region on that day. Plan 4.1, 5.7.
with

provinces as (
    select * from {{ ref('province_region') }}
),

followed as (
    select
        *,
        lag(region_id) over (partition by province order by valid_from) as region_id_before
    from provinces
),

final as (
    select
        province,
        region_id_before,
        region_id as region_id_after,
        valid_from,
        plan_section,
        decided,
        min(region_id) over (partition by region_id_before, valid_from)
        <> max(region_id) over (partition by region_id_before, valid_from) as is_split
    from followed
    where region_id_before <> region_id
)

select * from final
