-- Grain: one row per CRM activity (latest version of source_system, activity_type, activity_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'activity_type', 'activity_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'crm__activity') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        activity_type,
        activity_id,
        account_id,
        opportunity_id,
        contact_id,
        lead_id,
        owner_user_id,
        started_at,
        ended_at,
        duration_s,
        status,
        is_closed,
        created_at,
        updated_at,
        coalesce(is_deleted, false) or (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'activity_type', 'activity_id'], updated_at='updated_at') }}
)

select * from latest
