-- Grain: one row per line of a CRM contract (latest version of source_system, contract_id, line_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'contract_id', 'line_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'crm__contract_line') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        contract_id,
        line_id,
        product_id,
        quantity,
        list_amount,
        {{ to_fen('list_amount') }} as list_amount_fen,
        net_amount,
        {{ to_fen('net_amount') }} as net_amount_fen,
        tax_rate,
        cost_amount,
        {{ to_fen('cost_amount') }} as cost_amount_fen,
        currency,
        bundle_id,
        updated_at,
        coalesce(is_deleted, false) or (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'contract_id', 'line_id'], updated_at='updated_at') }}
)

select * from latest
