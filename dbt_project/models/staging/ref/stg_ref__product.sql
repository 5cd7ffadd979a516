-- Grain: one row per catalogue product (latest version of source_system, product_id).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'ref__product') }}
),

converted as (
    select
        _source_system as source_system,
        product_id,
        product_name,
        series,
        product_type,
        list_price,
        {{ to_fen('list_price') }} as list_price_fen,
        currency,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'product_id']) }}
)

select * from latest
