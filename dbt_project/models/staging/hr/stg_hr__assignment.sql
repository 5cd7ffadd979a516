-- Grain: one row per span of a person in a role and region (latest version of source_system, employee_id, valid_from).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'hr__assignment') }}
),

converted as (
    select
        _source_system as source_system,
        employee_id,
        role,
        region_id,
        business_unit,
        manager_employee_id,
        is_front_line,
        valid_from,
        valid_to,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'employee_id', 'valid_from']) }}
)

select * from latest
