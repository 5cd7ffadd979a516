-- Grain: one row per field that a CRM user changed in a record (latest version of
-- source_system, user_id, entity, record_id, field, changed_at).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'user_id', 'entity', 'record_id', 'field', 'changed_at'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'crm__change_log') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        user_id,
        entity,
        record_id,
        field,
        changed_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'user_id', 'entity', 'record_id', 'field', 'changed_at']) }}
)

select * from latest
