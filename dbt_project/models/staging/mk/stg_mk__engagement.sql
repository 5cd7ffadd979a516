-- Grain: one row per event of a recipient of a campaign (latest version of source_system, platform, event_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'platform', 'event_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'mk__engagement') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        platform,
        event_id,
        campaign_id,
        recipient_id,
        action,
        bounce_type,
        is_bot_filtered,
        occurred_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'platform', 'event_id']) }}
)

select * from latest
