-- Grain: one row per planned, received or returned payment (latest version of source_system, payment_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'payment_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'crm__payment') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        payment_id,
        contract_id,
        invoice_id,
        account_id,
        planned_on,
        received_on,
        amount,
        {{ to_fen('amount') }} as amount_fen,
        currency,
        method,
        status,
        updated_at,
        coalesce(is_deleted, false) or (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'payment_id'], updated_at='updated_at') }}
)

select * from latest
