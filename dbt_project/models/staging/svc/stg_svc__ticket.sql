-- Grain: one row per service ticket (latest version of source_system, ticket_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'svc__ticket') }}
),

converted as (
    select
        _source_system as source_system,
        ticket_id,
        account_id,
        category,
        priority,
        owner_user_id,
        by_bot,
        subject,
        status,
        opened_at,
        first_response_at,
        resolved_at,
        updated_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'ticket_id'], updated_at='updated_at') }}
)

select * from latest
