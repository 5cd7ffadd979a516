-- Grain: one row per event on the web shop (latest version of source_system, event_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'event_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'ec__web_visit') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        event_id,
        visitor_id,
        user_id,
        session_id,
        event_name,
        page_url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        device,
        province,
        city,
        occurred_at,
        received_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'event_id']) }}
)

select * from latest
