-- Grain: one row per employee (latest version of source_system, employee_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'hr__employee') }}
),

converted as (
    select
        _source_system as source_system,
        employee_id,
        leave_reason,
        is_core,
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
    {{ latest_version('converted', ['source_system', 'employee_id'], updated_at='updated_at') }}
)

select * from latest
