-- Grain: one row per shop order (latest version of source_system, platform, shop_id, order_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'platform', 'shop_id', 'order_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'ec__order') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        platform,
        shop_id,
        order_id,
        buyer_id,
        currency,
        total_amount,
        {{ to_fen('total_amount') }} as total_amount_fen,
        ship_country,
        ship_province,
        status,
        created_at,
        paid_at,
        updated_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'platform', 'shop_id', 'order_id'], updated_at='updated_at') }}
)

select * from latest
