-- Grain: one row per approval case (latest version of source_system, corp_id, instance_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Plan: section 5.8, approvals.

with

raw_rows as (
    select * from {{ source('raw', 'oa__approval_instance') }}
),

converted as (
    select
        _source_system as source_system,
        corp_id,
        instance_id,
        serial_no,
        template_code,
        approval_kind,
        originator_user_id,
        originator_dept_id,
        status_raw,
        result_raw,
        status,
        amount,
        {{ to_fen('amount') }} as amount_fen,
        currency,
        opportunity_id,
        created_at,
        finished_at,
        updated_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'corp_id', 'instance_id'], updated_at='updated_at') }}
)

select * from latest
