-- Grain: one row per WeCom customer and the employee who follows it (latest version of source_system,
-- external_userid, follow_userid).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__external_contact') }}
),

converted as (
    select
        _source_system as source_system,
        external_userid,
        follow_userid,
        name,
        corp_name,
        type,
        unionid,
        tags,
        add_way,
        state,
        created_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'external_userid', 'follow_userid']) }}
)

select * from latest
