-- Grain: one row per key action of a stage for one opportunity (latest version of
-- source_system, opportunity_id, stage_code, action_code).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
-- Plan: section 5.1, key actions of each stage.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'opportunity_id', 'stage_code', 'action_code'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'crm__stage_action') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        opportunity_id,
        stage_code,
        action_code,
        done_at,
        done_by,
        form_complete,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'opportunity_id', 'stage_code', 'action_code']) }}
)

select * from latest
