-- Grain: one row per order line that is not deleted.
-- Rule: fen of a line = delivered line amount, else quantity x unit price, rounded half-up once per line.
{{ config(materialized='view') }}

with

lines as (
    select * from {{ ref('stg_ec__order_item') }}
    where not is_deleted
),

final as (
    select
        source_system,
        platform,
        shop_id,
        order_id,
        line_id,
        product_id,
        title,
        quantity,
        {{ line_fen('quantity', 'unit_price', 'line_amount') }} as line_fen
    from lines
)

select * from final
