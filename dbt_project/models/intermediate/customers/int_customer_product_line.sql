-- Grain: one row per customer that stands for itself and product line that it has bought, with the first day of each.
-- An order that is refunded in full bought none, nor has one that is dated after the last covered day of its channel.
-- is_cross_sold: the line was first bought after the customer's first order, so it was sold to an existing customer.
-- Plan 5.2 (C18).
with

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

movements as (
    select movements.*
    from {{ ref('int_revenue_movement') }} as movements
    inner join coverage
        on movements.order_channel = coverage.order_channel and movements.moved_on <= coverage.data_through
    where
        movements.customer_id <> 'unknown' and movements.series is not null and movements.fen > 0
        and not movements.is_of_refunded_order
),

lines as (
    select
        customer_id,
        series,
        min(moved_on) as first_on,
        min(min(moved_on)) over (partition by customer_id) as customer_first_on
    from movements
    group by customer_id, series
),

final as (
    select
        *,
        first_on > customer_first_on as is_cross_sold
    from lines
)

select * from final
