-- Grain: one row per CRM contact (latest version of source_system, contact_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__contact') }}
),

converted as (
    select
        _source_system as source_system,
        contact_id,
        account_id,
        name,
        title,
        department,
        mobile,
        phone,
        email,
        wecom_external_userid,
        decision_role,
        is_primary,
        owner_user_id,
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
    {{ latest_version('converted', ['source_system', 'contact_id'], updated_at='updated_at') }}
)

select * from latest
