-- Grain: one row per province and reorganisation that moves it from one region to another.
-- Rule: the seed's rows of the regions that the company's data knows; a region that was split has more than one
-- successor, and only the province tells which (is_split). Plan 4.1, 5.7, B9.
with

changes as (
    select * from {{ ref('region_change') }}
),

regions as (
    select * from {{ ref('dim_region') }}
),

judged as (
    select
        changes.*,
        count(distinct changes.region_id_after) over (
            partition by changes.region_id_before, changes.valid_from
        ) > 1 as is_split
    from changes
),

final as (
    select
        cast(judged.province as varchar) as province,
        cast(judged.region_id_before as varchar) as region_id_before,
        cast(judged.region_id_after as varchar) as region_id_after,
        cast(judged.is_split as boolean) as is_split,
        cast(judged.valid_from as date) as valid_from,
        cast(judged.plan_section as varchar) as plan_section,
        cast(judged.decided as boolean) as is_decided
    from judged
    semi join regions on judged.region_id_before = regions.region_id
)

select * from final
