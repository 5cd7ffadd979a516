-- Grain: one row per order channel, customer that stands for itself and calendar month with a document.
-- Rule: has_order = bought (an order as int_customer_movement counts them: neither cancelled nor refunded in full, a
-- split contract once); any document, a refund or a cancellation too, makes the row itself (has_any). What is dated
-- after the last covered day has not happened yet. The month is that of the source's business zone. Plan 5.4.
with

movements as (
    select * from {{ ref('int_customer_movement') }}
),

customers as (
    select customer_id, survivor_customer_id from {{ ref('dim_customer') }}
    where customer_id <> 'unknown'
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

cancelled as (
    select 'contract' as order_channel, customer_id, signed_on as document_on from {{ ref('fct_contract') }}
    where is_cancelled
    union all
    select 'shop' as order_channel, customer_id, ordered_on as document_on from {{ ref('fct_order') }}
    where is_cancelled
    union all
    select 'shop' as order_channel, customer_id, refunded_on as document_on from {{ ref('fct_refund_line') }}
    where is_of_cancelled_order
),

documents as (
    select order_channel, survivor_customer_id as customer_id, moved_on as document_on, is_order
    from movements
    union all
    select
        cancelled.order_channel,
        customers.survivor_customer_id as customer_id,
        cancelled.document_on,
        false as is_order
    from cancelled
    inner join customers on cancelled.customer_id = customers.customer_id
    inner join coverage
        on cancelled.order_channel = coverage.order_channel and cancelled.document_on <= coverage.data_through
),

final as (
    select
        order_channel,
        customer_id,
        {{ month_start('document_on') }} as activity_month,
        bool_or(is_order) as has_order,
        true as has_any
    from documents
    group by all
)

select * from final
