-- Grain: one row per known customer and calendar month with a shop document.
-- Rule: has_order = bought (an order that is neither cancelled nor refunded in full); any document, a refund or a
-- cancellation too, makes the row itself (has_any). What is dated after the last covered day has not happened yet. The
-- month is that of the source's business zone. Plan 5.4.
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

coverage as (
    select data_through from {{ ref('int_channel_coverage') }}
    where order_channel = 'shop'
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
        documents.customer_id,
        {{ month_start('documents.document_on') }} as activity_month,
        bool_or(documents.is_order) as has_order,
        true as has_any
    from documents
    cross join coverage
    where documents.customer_id <> 'unknown' and documents.document_on <= coverage.data_through
    group by all
)

select * from final
