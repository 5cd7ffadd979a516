-- Grain: one row per CRM user and delivered change of region, numbered in the order in which they came to be.
-- Rule: versions in the order of the source's own clock, then of delivery; a version that repeats the region of the
-- one before is no change.

with

raw_rows as (
    select * from {{ source('raw', 'crm__user') }}
    where _op = 'U'
),

versions as (
    select
        _source_system as source_system,
        user_id,
        nullif(trim(region), '') as region,
        updated_at,
        _load_date,
        lag(nullif(trim(region), '')) over user_versions as previous_region,
        row_number() over user_versions as version_number
    from raw_rows
    window user_versions as (
        partition by _source_system, user_id
        order by coalesce(updated_at, cast(_load_date as timestamptz)), _load_date, _batch_id, _row_no, _load_seq
    )
),

final as (
    select
        source_system,
        user_id,
        version_number,
        region,
        updated_at,
        _load_date
    from versions
    where version_number = 1 or region is distinct from previous_region
)

select * from final
