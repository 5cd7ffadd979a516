-- Grain: one row per event of an approval case (latest version of source_system, corp_id, instance_id, event_seq).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
-- Plan: section 5.8, approvals.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'corp_id', 'instance_id', 'event_seq'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'oa__approval_event') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        corp_id,
        instance_id,
        event_seq,
        event_type,
        actor_role,
        user_id,
        occurred_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'corp_id', 'instance_id', 'event_seq']) }}
)

select * from latest
