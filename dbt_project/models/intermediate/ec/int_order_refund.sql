-- Grain: one row per shop order that a refund names, with what was given back of it up to the last covered day of its
-- channel, whenever that was: what is dated later has not happened yet.
-- Rule: refunded in full it is no order (is_refunded), for any figure that counts orders, their customers or their
-- value. Its money stays in revenue and leaves it on the day of the refund. Domain study 5.4.
with

orders as (
    select * from {{ ref('fct_order') }}
    where not is_cancelled
),

refund_lines as (
    select * from {{ ref('fct_refund_line') }}
    where refunded_on is not null
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

final as (
    select
        orders.order_id,
        sum(refund_lines.refund_fen) as refund_fen,
        sum(refund_lines.refund_fen) > 0 and sum(refund_lines.refund_fen) >= min(orders.gross_fen) as is_refunded
    from orders
    inner join coverage on orders.order_channel = coverage.order_channel
    inner join refund_lines
        on orders.order_id = refund_lines.order_id and coverage.data_through >= refund_lines.refunded_on
    group by orders.order_id
)

select * from final
