-- Grain: one row per CRM opportunity (latest version of source_system, opportunity_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__opportunity') }}
),

converted as (
    select
        _source_system as source_system,
        opportunity_id,
        opportunity_name,
        account_id,
        owner_user_id,
        stage_code,
        product_id,
        pipeline_code,
        amount,
        {{ to_fen('amount') }} as amount_fen,
        currency,
        lead_source,
        expected_close_on,
        engaged_on,
        closed_on,
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
    {{ latest_version('converted', ['source_system', 'opportunity_id'], updated_at='updated_at') }}
)

select * from latest
