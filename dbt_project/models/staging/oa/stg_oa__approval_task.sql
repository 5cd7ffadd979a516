-- Grain: one row per step of an approval case (latest version of source_system, corp_id, instance_id, task_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
-- Plan: section 5.8, approvals.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'corp_id', 'instance_id', 'task_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'oa__approval_task') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        corp_id,
        instance_id,
        task_id,
        node_id,
        node_name,
        assignee_user_id,
        status,
        result,
        started_at,
        finished_at,
        task_type,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'corp_id', 'instance_id', 'task_id']) }}
)

select * from latest
