-- Grain: one row per order of a known customer, contract or shop, with the refunds that belong to it.
-- Rule: a refund counts on the order that it names, whenever it comes, so that an old cohort is restated; an order
-- that is refunded in full is no order. Refunds that name no order stay in their own month (is_order = false). Domain
-- study 5.4.
with

movements as (
    select * from {{ ref('int_customer_movement') }}
),

orders as (
    select * from movements
    where is_order
),

refunds as (
    select
        refund_of_order_id as movement_id,
        currency,
        sum(-net_fen) as refund_fen
    from movements
    where not is_order and refund_of_order_id is not null
    group by all
),

matched as (
    select
        orders.movement_id,
        orders.order_channel,
        orders.survivor_customer_id as customer_id,
        orders.currency,
        orders.moved_on,
        orders.net_fen as order_fen,
        coalesce(refunds.refund_fen, 0) as refund_fen
    from orders
    left join refunds on orders.movement_id = refunds.movement_id and orders.currency = refunds.currency
),

unmatched as (
    select
        movements.movement_id,
        movements.order_channel,
        movements.survivor_customer_id as customer_id,
        movements.currency,
        movements.moved_on,
        0 as order_fen,
        -movements.net_fen as refund_fen
    from movements
    left join orders on movements.refund_of_order_id = orders.movement_id and movements.currency = orders.currency
    where not movements.is_order and orders.movement_id is null
),

final as (
    select
        *,
        refund_fen < order_fen or (order_fen = 0 and refund_fen = 0) as is_order
    from matched
    union all
    select *, false as is_order from unmatched
)

select * from final
