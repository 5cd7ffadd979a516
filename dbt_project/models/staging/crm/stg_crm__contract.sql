-- Grain: one row per CRM contract (latest version of source_system, contract_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'crm__contract') }}
),

converted as (
    select
        _source_system as source_system,
        contract_id,
        contract_no,
        account_id,
        opportunity_id,
        approval_instance_id,
        amount,
        {{ to_fen('amount') }} as amount_fen,
        currency,
        discount_rate,
        signed_on,
        start_on,
        end_on,
        status,
        owner_user_id,
        product_line,
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
    {{ latest_version('converted', ['source_system', 'contract_id'], updated_at='updated_at') }}
)

select * from latest
