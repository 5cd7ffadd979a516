-- Grain: one row per customer that stands for itself and has an order, with its first one. Plan 5.4.
with

movements as (
    select * from {{ ref('int_customer_movement') }}
    where is_order
),

final as (
    select
        survivor_customer_id as customer_id,
        min(moved_on) as first_order_on,
        max(moved_on) as last_order_on,
        arg_min(movement_id, (moved_on, movement_id)) as first_order_id,
        arg_min(order_channel, (moved_on, movement_id)) as first_order_channel,
        arg_max(order_channel, (moved_on, movement_id)) as last_order_channel,
        arg_min(net_fen, (moved_on, movement_id)) as first_order_fen,
        arg_min(currency, (moved_on, movement_id)) as first_order_currency,
        count(*) as order_count,
        count(distinct moved_on) as order_days
    from movements
    group by survivor_customer_id
)

select * from final
