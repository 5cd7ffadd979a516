-- Grain: one row per known customer and calendar month with a shop document.
-- Rule: has_order = bought (an order that is neither cancelled nor refunded in full); any document, a refund or a
-- cancellation too, makes the row itself (has_any). The month is that of the source's business zone. Plan 5.4.
with

orders as (
    select * from {{ ref('fct_order') }}
),

order_refunds as (
    select * from {{ ref('int_order_refund') }}
),

refund_lines as (
    select * from {{ ref('fct_refund_line') }}
),

documents as (
    select
        orders.customer_id,
        orders.ordered_on as document_on,
        not orders.is_cancelled and not coalesce(order_refunds.is_refunded, false) as is_order
    from orders
    left join order_refunds on orders.order_id = order_refunds.order_id
    union all
    select customer_id, refunded_on as document_on, false as is_order from refund_lines
),

final as (
    select
        customer_id,
        {{ month_start('document_on') }} as activity_month,
        bool_or(is_order) as has_order,
        true as has_any
    from documents
    where customer_id <> 'unknown' and document_on is not null
    group by all
)

select * from final
