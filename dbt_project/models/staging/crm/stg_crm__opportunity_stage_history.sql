-- Grain: one row per stage entry of a CRM opportunity (latest version of source_system, opportunity_id, to_stage_code,
-- changed_at).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
-- Plan: section 5.1, stages and events.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'opportunity_id', 'to_stage_code', 'changed_at'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'crm__opportunity_stage_history') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        opportunity_id,
        to_stage_code,
        changed_at,
        from_stage_code,
        changed_by_user_id,
        {{ to_fen('amount_at_change') }} as amount_fen,
        close_date_at_change as expected_close_on,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'opportunity_id', 'to_stage_code', 'changed_at']) }}
)

select * from latest
