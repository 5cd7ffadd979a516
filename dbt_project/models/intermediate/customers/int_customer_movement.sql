-- Grain: one row per order and per refund of a known customer: contracts (split ones as one order) and the shop.
-- Cancelled orders are nowhere, nor are their refunds. is_order says which orders count as one: those that are not
-- refunded in full (int_order_refund); refunded_fen is what was given back of the order, whenever that was. customer_id
-- is that of the document, survivor_customer_id the customer that stands for it today. What is dated after the last
-- covered day of its channel has not happened yet, a refund neither. Money is without tax for contracts, as delivered
-- for the shop. Plan 5.4, 5.7.
with

contracts as (
    select * from {{ ref('fct_contract') }}
    where not is_cancelled and customer_id <> 'unknown'
),

orders as (
    select * from {{ ref('fct_order') }}
    where not is_cancelled and customer_id <> 'unknown' and ordered_on is not null
),

order_refunds as (
    select * from {{ ref('int_order_refund') }}
),

refund_lines as (
    select * from {{ ref('fct_refund_line') }}
    where not is_of_cancelled_order and customer_id <> 'unknown' and refunded_on is not null
),

customers as (
    select customer_id, survivor_customer_id from {{ ref('dim_customer') }}
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

contract_orders as (
    select
        order_id as movement_id,
        'contract' as order_channel,
        arg_min(customer_id, contract_id) as customer_id,
        currency,
        min(signed_on) as moved_on,
        sum(net_fen) as net_fen,
        0 as refunded_fen,
        true as is_order,
        false as is_refund,
        cast(null as varchar) as refund_of_order_id
    from contracts
    group by order_id, currency
),

movements as (
    select * from contract_orders
    union all
    select
        orders.order_id as movement_id, 'shop' as order_channel, orders.customer_id, orders.currency,
        orders.ordered_on as moved_on, orders.gross_fen as net_fen,
        coalesce(order_refunds.refund_fen, 0) as refunded_fen,
        not coalesce(order_refunds.is_refunded, false) as is_order, false as is_refund, null as refund_of_order_id
    from orders
    left join order_refunds on orders.order_id = order_refunds.order_id
    union all
    select
        refund_id as movement_id, 'shop' as order_channel, customer_id, currency, refunded_on as moved_on,
        -sum(refund_fen) as net_fen, 0 as refunded_fen, false as is_order, true as is_refund,
        nullif(min(order_id), 'unknown') as refund_of_order_id
    from refund_lines
    group by refund_id, customer_id, currency, refunded_on
),

final as (
    select
        movements.movement_id,
        movements.order_channel,
        movements.customer_id,
        customers.survivor_customer_id,
        movements.moved_on,
        cast(movements.net_fen as bigint) as net_fen,
        cast(movements.refunded_fen as bigint) as refunded_fen,
        movements.currency,
        movements.is_order,
        movements.is_refund,
        movements.refund_of_order_id
    from movements
    inner join customers on movements.customer_id = customers.customer_id
    inner join coverage
        on movements.order_channel = coverage.order_channel and movements.moved_on <= coverage.data_through
)

select * from final
