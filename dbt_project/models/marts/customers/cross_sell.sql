-- Grain: one row per calendar year, product line and currency, over revenue of customers that had ordered before.
-- Rule: existing = ordered on an earlier day; cross-sold = of a product line that the customer first bought in this
-- year and after its first order. The plan names no period for "new", so it is the calendar year. Up-sold = by how much
-- a customer bought more of a line than in the year before, where it had bought of it then; where the books of a
-- channel do not cover the year before from its first day on it is not known (NULL). Nor are existing customers and new
-- lines: in the first year of the books whoever comes back looks new and what was always bought looks new, so a year is
-- complete from the second one on. Plan 5.2 (C18, C19).
with

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

lines as (
    select * from {{ ref('int_customer_product_line') }}
),

movements as (
    select movements.*
    from {{ ref('int_revenue_movement') }} as movements
    inner join coverage
        on movements.order_channel = coverage.order_channel and movements.moved_on <= coverage.data_through
    where movements.customer_id <> 'unknown' and movements.series is not null and not movements.is_of_refunded_order
),

line_years as (
    select
        cast(date_trunc('year', moved_on) as date) as year_start,
        order_channel,
        customer_id,
        series,
        currency,
        sum(fen) as fen
    from movements
    group by all
),

upsold as (
    select
        now_is.year_start,
        now_is.series,
        now_is.currency,
        count(*) as customers,
        sum(now_is.fen - earlier.fen) as fen
    from line_years as now_is
    inner join line_years as earlier
        on
            now_is.order_channel = earlier.order_channel
            and now_is.customer_id = earlier.customer_id
            and now_is.series = earlier.series
            and now_is.currency = earlier.currency
            and now_is.year_start = cast(earlier.year_start + interval 1 year as date)
    where earlier.fen > 0 and now_is.fen > earlier.fen
    group by all
),

judged as (
    select
        cast(date_trunc('year', movements.moved_on) as date) as year_start,
        movements.series,
        movements.currency,
        movements.customer_id,
        movements.fen,
        {{ kpi_period_end("'year'", "date_trunc('year', movements.moved_on)", 'coverage.data_through') }}
        <= coverage.data_through as has_ended,
        date_trunc('year', movements.moved_on) - interval 1 year >= coverage.covered_from as has_year_before,
        lines.is_cross_sold and year(lines.first_on) = year(movements.moved_on) as is_cross_sale
    from movements
    inner join coverage on movements.order_channel = coverage.order_channel
    inner join lines on movements.customer_id = lines.customer_id and movements.series = lines.series
    where movements.moved_on > lines.customer_first_on
),

counted as (
    select
        year_start,
        series,
        currency,
        count(distinct customer_id) as existing_customers,
        count(distinct customer_id) filter (where is_cross_sale) as cross_sold_customers,
        sum(fen) as existing_fen,
        coalesce(sum(fen) filter (where is_cross_sale), 0) as cross_sold_fen,
        bool_and(has_ended and has_year_before) as is_complete,
        bool_and(has_year_before) as has_year_before
    from judged
    group by all
),

final as (
    select
        cast(counted.year_start as date) as year_start,
        cast(counted.series as varchar) as product_line,
        cast(counted.currency as varchar) as currency,
        cast(counted.existing_customers as bigint) as existing_customers,
        cast(counted.cross_sold_customers as bigint) as cross_sold_customers,
        cast(counted.existing_fen as bigint) as existing_fen,
        cast(counted.cross_sold_fen as bigint) as cross_sold_fen,
        cast(case when counted.has_year_before then coalesce(upsold.customers, 0) end as bigint) as upsold_customers,
        cast(case when counted.has_year_before then coalesce(upsold.fen, 0) end as bigint) as upsold_fen,
        cast(counted.is_complete as boolean) as is_complete
    from counted
    left join upsold
        on
            counted.year_start = upsold.year_start
            and counted.series = upsold.series
            and counted.currency = upsold.currency
)

select * from final
