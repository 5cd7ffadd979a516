-- Grain: one row per CRM user (latest version of source_system, user_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__user') }}
),

converted as (
    select
        _source_system as source_system,
        user_id,
        display_name,
        region,
        manager_user_id,
        is_active,
        hired_on,
        left_on,
        updated_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'user_id'], updated_at='updated_at') }}
)

select * from latest
