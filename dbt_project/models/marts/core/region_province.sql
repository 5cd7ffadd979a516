-- Grain: one row per province and span in one region, half-open [valid_from, valid_to).
-- Rule: what region_map says, as a history: choosing the day chooses the hierarchy in which a customer is counted
-- (as-was, as-is, as-of any day). Plan 5.7.
with

changes as (
    select * from {{ ref('region_map') }}
),

numbered as (
    select
        *,
        row_number() over province_changes as change_number,
        lead(valid_from) over province_changes as next_from
    from changes
    window province_changes as (partition by province order by valid_from)
),

spans as (
    select province, region_id_before as region_id, date '{{ var("open_past") }}' as valid_from, valid_from as valid_to
    from numbered
    where change_number = 1
    union all
    select province, region_id_after as region_id, valid_from, next_from as valid_to
    from numbered
),

final as (
    select
        cast(province as varchar) as province,
        cast(region_id as varchar) as region_id,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from spans
)

select * from final
