-- Grain: one row per delivered version of a CRM account (source_system, account_id, _load_seq, _batch_id, _row_no).
-- Rule: rename and convert only; every version stays, because a merge and its undoing, and what a record said at the
-- end of a quarter, are read from their order.

with

raw_rows as (
    select * from {{ source('raw', 'crm__account') }}
),

final as (
    select
        _source_system as source_system,
        account_id,
        credit_code,
        industry,
        potential,
        owner_user_id,
        csm_user_id,
        expansion_plan,
        cooperation_depth,
        merged_into_id,
        created_at,
        updated_at,
        coalesce(is_deleted, false) or (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
)

select * from final
