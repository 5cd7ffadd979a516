-- Grain: one row per certified skill of a person (latest version of source_system, employee_id, skill_code).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'hr__certificate') }}
),

converted as (
    select
        _source_system as source_system,
        employee_id,
        skill_code,
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
    {{ latest_version('converted', ['source_system', 'employee_id', 'skill_code']) }}
)

select * from latest
