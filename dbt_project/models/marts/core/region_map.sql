-- Grain: one row per province and reorganisation that moves it from one region to another.
-- Rule: the changes of the regions that the company's data knows; a region that was split has more than one
-- successor, and only the province tells which (is_split). Plan 4.1, 5.7, B9.
with

changes as (
    select * from {{ ref('int_region_change') }}
),

regions as (
    select * from {{ ref('dim_region') }}
),

final as (
    select
        cast(changes.province as varchar) as province,
        cast(changes.region_id_before as varchar) as region_id_before,
        cast(changes.region_id_after as varchar) as region_id_after,
        cast(changes.is_split as boolean) as is_split,
        cast(changes.valid_from as date) as valid_from,
        cast(changes.plan_section as varchar) as plan_section,
        cast(changes.decided as boolean) as is_decided
    from changes
    inner join regions on changes.region_id_before = regions.region_id
)

select * from final
