-- Grain: one row per province and span in one region, half-open [valid_from, valid_to).
-- Rule: choosing the day chooses the hierarchy in which a customer is counted (as-was, as-is, as-of any day). Regions
-- that the company's data does not know are left out. Plan 5.7.
with

provinces as (
    select * from {{ ref('province_region') }}
),

regions as (
    select * from {{ ref('dim_region') }}
),

spans as (
    select
        *,
        lead(valid_from) over (partition by province order by valid_from) as valid_to
    from provinces
),

final as (
    select
        cast(spans.province as varchar) as province,
        cast(spans.region_id as varchar) as region_id,
        cast(spans.valid_from as date) as valid_from,
        cast(spans.valid_to as date) as valid_to
    from spans
    inner join regions on spans.region_id = regions.region_id
)

select * from final
