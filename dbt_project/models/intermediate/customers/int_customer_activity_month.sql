-- Grain: one row per known customer and calendar month with a shop document.
-- Rule: has_order = bought (an order that is not cancelled); any document, a refund or a cancellation too, makes
-- the row itself (has_any). The month is that of the source's business zone. Plan 5.4.
with

orders as (
    select * from {{ ref('fct_order') }}
),

refund_lines as (
    select * from {{ ref('fct_refund_line') }}
),

documents as (
    select customer_id, ordered_on as document_on, not is_cancelled as is_order from orders
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
