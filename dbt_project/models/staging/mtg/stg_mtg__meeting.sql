-- Grain: one row per meeting occurrence (latest version of source_system, platform, meeting_id, occurrence_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'mtg__meeting') }}
),

converted as (
    select
        _source_system as source_system,
        platform,
        meeting_id,
        occurrence_id,
        host_user_id,
        counterpart_id,
        started_at,
        ended_at,
        location,
        country,
        participant_count,
        opportunity_id,
        account_id,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'platform', 'meeting_id', 'occurrence_id']) }}
)

select * from latest
