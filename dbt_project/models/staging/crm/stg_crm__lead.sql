-- Grain: one row per CRM lead (latest version of source_system, lead_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__lead') }}
),

converted as (
    select
        _source_system as source_system,
        lead_id,
        company_name,
        source_channel,
        campaign_id,
        utm_source,
        utm_medium,
        utm_campaign,
        industry,
        province,
        city,
        grade,
        graded_at,
        status,
        is_valid,
        invalid_reason,
        owner_user_id,
        assigned_at,
        first_response_at,
        pool_entered_at,
        referrer_account_id,
        is_converted,
        converted_at,
        converted_account_id,
        converted_opportunity_id,
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
    {{ latest_version('converted', ['source_system', 'lead_id'], updated_at='updated_at') }}
)

select * from latest
