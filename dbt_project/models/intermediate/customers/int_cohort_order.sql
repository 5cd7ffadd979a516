-- Grain: one row per order of a known customer, contract or shop, with the refunds that belong to it, and per refund
-- that belongs to none.
-- Rule: a refund counts on the order that it names, whenever it comes, so that an old cohort is restated. Refunds that
-- name no order stay in their own month (is_order = false). Domain study 5.4.
with

movements as (
    select * from {{ ref('int_customer_movement') }}
),

orders as (
    select * from movements
    where not is_refund
),

refunds as (
    select * from movements
    where is_refund
),

matched as (
    select
        movement_id,
        order_channel,
        survivor_customer_id as customer_id,
        currency,
        moved_on,
        net_fen as order_fen,
        refunded_fen as refund_fen,
        is_order
    from orders
),

unmatched as (
    select
        refunds.movement_id,
        refunds.order_channel,
        refunds.survivor_customer_id as customer_id,
        refunds.currency,
        refunds.moved_on,
        0 as order_fen,
        -refunds.net_fen as refund_fen,
        false as is_order
    from refunds
    left join orders on refunds.refund_of_order_id = orders.movement_id and refunds.currency = orders.currency
    where orders.movement_id is null
),

final as (
    select * from matched
    union all
    select * from unmatched
)

select * from final
