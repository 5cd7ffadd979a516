-- Grain: one row per line of a shop order that is not deleted.
with

lines as (
    select
        *,
        {{ joined_key(['source_system', 'platform', 'shop_id', 'order_id']) }} as order_key
    from {{ ref('int_order_line_amount') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

final as (
    select
        cast(orders.order_id as varchar) as order_id,
        cast(lines.line_id as varchar) as line_id,
        cast(coalesce(lines.source_system || ':' || lines.product_id, 'unknown') as varchar) as product_id,
        cast(orders.customer_id as varchar) as customer_id,
        cast(lines.quantity as integer) as quantity,
        cast(lines.line_fen as bigint) as line_fen,
        cast(orders.currency as varchar) as currency,
        cast(orders.ordered_on as date) as ordered_on
    from lines
    inner join orders on lines.order_key = orders.order_id
)

select * from final
