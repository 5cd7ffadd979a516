-- Grain: one row per link of a meeting to an opportunity (latest version of
-- source_system, platform, meeting_id, occurrence_id, opportunity_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'mtg__link') }}
),

converted as (
    select
        _source_system as source_system,
        platform,
        meeting_id,
        occurrence_id,
        opportunity_id,
        method,
        confidence,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'platform', 'meeting_id', 'occurrence_id', 'opportunity_id']) }}
)

select * from latest
