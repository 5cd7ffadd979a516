-- Grain: one row per calendar year, product line and currency, over revenue of customers that had ordered before.
-- Rule: existing = ordered on an earlier day; cross-sold = of a product line that the customer first bought in this
-- year and after its first order. The plan names no period for "new", so it is the calendar year. Plan 5.2 (C18).
with

movements as (
    select * from {{ ref('int_revenue_movement') }}
    where customer_id <> 'unknown' and series is not null
),

lines as (
    select * from {{ ref('int_customer_product_line') }}
),

judged as (
    select
        cast(date_trunc('year', movements.moved_on) as date) as year_start,
        movements.series,
        movements.currency,
        movements.customer_id,
        movements.fen,
        lines.is_cross_sold and year(lines.first_on) = year(movements.moved_on) as is_cross_sale
    from movements
    inner join lines on movements.customer_id = lines.customer_id and movements.series = lines.series
    where movements.moved_on > lines.customer_first_on
),

final as (
    select
        cast(year_start as date) as year_start,
        cast(series as varchar) as product_line,
        cast(currency as varchar) as currency,
        cast(count(distinct customer_id) as bigint) as existing_customers,
        cast(count(distinct customer_id) filter (where is_cross_sale) as bigint) as cross_sold_customers,
        cast(sum(fen) as bigint) as existing_fen,
        cast(coalesce(sum(fen) filter (where is_cross_sale), 0) as bigint) as cross_sold_fen
    from judged
    group by all
)

select * from final
