-- Grain: one row per line of a refund or cancellation (latest version of source_system, platform, shop_id, refund_id,
-- line_id).
-- Rule: rename and convert; quantity and amount are positive whichever sign the source uses.
-- Incremental: history is large; only batches above the highest staged one are read.
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['source_system', 'platform', 'shop_id', 'refund_id', 'line_id'],
        on_schema_change='fail',
    )
}}

with

raw_rows as (
    select * from {{ source('raw', 'ec__refund') }}
    {{ only_new_batches() }}
),

converted as (
    select
        _source_system as source_system,
        platform,
        shop_id,
        refund_id,
        line_id,
        order_id,
        buyer_id,
        ship_country,
        product_id,
        abs(quantity) as quantity,
        unit_price,
        abs(amount) as amount,
        {{ to_fen('abs(amount)') }} as amount_fen,
        refunded_at,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'platform', 'shop_id', 'refund_id', 'line_id']) }}
)

select * from latest
