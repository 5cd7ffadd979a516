-- Grain: one row per customer that stands for itself and has an order or a refund: what it bought and what it owes.
-- Money is in the customer's most used currency; amounts in another are counted out and flagged. Overdue = due, not
-- void and not paid by the last covered day. Plan 5.3.
with

movements as (
    select * from {{ ref('int_customer_movement') }}
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

currencies as (
    select
        survivor_customer_id as customer_id,
        currency,
        count(*) over (partition by survivor_customer_id) as currency_count,
        row_number() over (partition by survivor_customer_id order by count(*) desc, currency asc) as currency_no
    from movements
    group by survivor_customer_id, currency
),

sums as (
    select
        movements.survivor_customer_id as customer_id,
        currencies.currency,
        currencies.currency_count > 1 as has_other_currency,
        cast(sum(movements.net_fen) as bigint) as revenue_fen,
        cast(coalesce(sum(movements.net_fen) filter (
            where movements.moved_on >= coverage.data_through + 1 - to_months(rules.value_window_months)
        ), 0) as bigint) as revenue_12m_fen,
        cast(coalesce(-sum(movements.net_fen) filter (where movements.is_refund), 0) as bigint) as refund_fen
    from movements
    inner join currencies
        on
            movements.survivor_customer_id = currencies.customer_id
            and movements.currency = currencies.currency
            and currencies.currency_no = 1
    inner join coverage on movements.order_channel = coverage.order_channel
    cross join rules
    group by all
),

overdue as (
    select
        invoices.survivor_customer_id as customer_id,
        invoices.currency,
        cast(sum(invoices.due_fen - invoices.paid_fen) as bigint) as overdue_fen
    from {{ ref('fct_invoice') }} as invoices
    inner join coverage on coverage.order_channel = 'contract'
    where not invoices.is_void and invoices.due_on <= coverage.data_through
    group by all
),

product_lines as (
    select customer_id, count(*) as product_line_count
    from {{ ref('int_customer_product_line') }}
    group by customer_id
),

final as (
    select
        sums.*,
        orders.first_order_on,
        orders.last_order_on,
        coalesce(orders.order_count, 0) as order_count,
        coalesce(orders.order_days, 0) as order_days,
        coalesce(overdue.overdue_fen, 0) as overdue_fen,
        coalesce(product_lines.product_line_count, 0) as product_line_count
    from sums
    left join {{ ref('int_customer_first_order') }} as orders on sums.customer_id = orders.customer_id
    left join overdue on sums.customer_id = overdue.customer_id and sums.currency = overdue.currency
    left join product_lines on sums.customer_id = product_lines.customer_id
)

select * from final
