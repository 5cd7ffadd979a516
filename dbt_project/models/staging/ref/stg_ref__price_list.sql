-- Grain: one row per product and first day of a price (latest version of source_system, product_id, valid_from).
-- Rule: rename and convert only; deleted rows stay and are flagged, because facts may still point at them.

with

raw_rows as (
    select * from {{ source('raw', 'ref__price_list') }}
),

converted as (
    select
        _source_system as source_system,
        product_id,
        valid_from,
        valid_to,
        list_price,
        {{ to_fen('list_price') }} as list_price_fen,
        floor_price,
        {{ to_fen('floor_price') }} as floor_price_fen,
        standard_cost,
        {{ to_fen('standard_cost') }} as standard_cost_fen,
        currency,
        (_op = 'D') as is_deleted,
        _load_date,
        _batch_id,
        _row_no,
        _load_seq
    from raw_rows
),

latest as (
    {{ latest_version('converted', ['source_system', 'product_id', 'valid_from']) }}
)

select * from latest
