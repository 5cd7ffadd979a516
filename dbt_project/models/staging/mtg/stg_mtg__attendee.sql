-- Grain: one row per session of a person or device in a meeting (latest version of
-- source_system, platform, meeting_id, occurrence_id, session_key, joined_at).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'platform', 'meeting_id', 'occurrence_id', 'session_key', 'joined_at'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'mtg__attendee') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        platform,
        meeting_id,
        occurrence_id,
        session_key,
        joined_at,
        left_at,
        user_id,
        display_name,
        email,
        duration_s,
        role,
        is_external,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{
        latest_version(
            'converted',
            ['source_system', 'platform', 'meeting_id', 'occurrence_id', 'session_key', 'joined_at']
        )
    }}
)

select * from latest
