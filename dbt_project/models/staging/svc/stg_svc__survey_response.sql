-- Grain: one row per survey that was sent (latest version of source_system, response_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'svc__survey_response') }}
),

converted as (
    select
        _source_system as source_system,
        response_id,
        scope,
        account_id,
        ref_id,
        score,
        scale_max,
        sent_at,
        answered_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'response_id']) }}
)

select * from latest
