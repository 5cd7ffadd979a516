-- Grain: one row per CRM account (latest version of source_system, account_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__account') }}
),

converted as (
    select
        _source_system as source_system,
        account_id,
        account_name,
        credit_code,
        industry,
        potential,
        account_source,
        province,
        city,
        country,
        annual_revenue,
        {{ to_fen('annual_revenue') }} as annual_revenue_fen,
        employee_count,
        parent_account_id,
        phone,
        owner_user_id,
        csm_user_id,
        expansion_plan,
        cooperation_depth,
        churn_reason,
        last_followed_at,
        merged_into_id,
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
    {{ latest_version('converted', ['source_system', 'account_id'], updated_at='updated_at') }}
)

select * from latest
