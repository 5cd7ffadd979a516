-- Grain: one row per channel, currency, cohort year and calendar year after it, over customers with revenue in the
-- year earlier. GRR = (base - churned - contracted) / base, NRR = current / base; base - churned - contracted +
-- expanded = current, to the fen. Refunds lower the year of the order that they name. A customer that comes back
-- after a year of nothing is in no base; its revenue is reactivated. A year is complete where the books cover it and
-- the year that it is compared with, both from their first day to their last. The first base of a cohort is the part
-- of its year from each customer's first order on, so its rates are above those of whole years. Domain study 5.4.
with

orders as (
    select * from {{ ref('int_cohort_order') }}
),

coverage as (
    select * from {{ ref('int_channel_coverage') }}
),

years as (
    select
        order_channel,
        currency,
        customer_id,
        cast(date_trunc('year', moved_on) as date) as year_start,
        greatest(sum(order_fen - refund_fen), 0) as fen
    from orders
    group by all
    having sum(order_fen - refund_fen) > 0
),

cohorts as (
    select
        order_channel,
        currency,
        customer_id,
        min(year_start) as cohort_year
    from years
    group by all
),

spine as (
    select
        cohorts.*,
        coverage.covered_from,
        coverage.data_through,
        cast(unnest(generate_series(
            cast(cohorts.cohort_year as timestamp) + interval 1 year,
            cast(coverage.data_through as timestamp),
            interval 1 year
        )) as date) as year_start
    from cohorts
    inner join coverage on cohorts.order_channel = coverage.order_channel
),

compared as (
    select
        spine.order_channel,
        spine.currency,
        spine.cohort_year,
        spine.year_start,
        spine.year_start - interval 1 year >= spine.covered_from
        and {{ kpi_period_end("'year'", 'spine.year_start', 'spine.data_through') }} <= spine.data_through
            as is_complete,
        coalesce(earlier.fen, 0) as base_fen,
        coalesce(now_is.fen, 0) as current_fen
    from spine
    left join years as earlier
        on
            spine.order_channel = earlier.order_channel
            and spine.currency = earlier.currency
            and spine.customer_id = earlier.customer_id
            and spine.year_start = cast(earlier.year_start + interval 1 year as date)
    left join years as now_is
        on
            spine.order_channel = now_is.order_channel
            and spine.currency = now_is.currency
            and spine.customer_id = now_is.customer_id
            and spine.year_start = now_is.year_start
),

final as (
    select
        cast(order_channel as varchar) as order_channel,
        cast(currency as varchar) as currency,
        cast(cohort_year as date) as cohort_year,
        cast(year_start as date) as year_start,
        cast(count(*) filter (where base_fen > 0) as bigint) as base_customers,
        cast(count(*) filter (where base_fen > 0 and current_fen > 0) as bigint) as retained_customers,
        cast(sum(base_fen) as bigint) as base_fen,
        cast(coalesce(sum(base_fen) filter (where current_fen = 0), 0) as bigint) as churned_fen,
        cast(coalesce(sum(base_fen - current_fen) filter (
            where current_fen > 0 and current_fen < base_fen
        ), 0) as bigint) as contracted_fen,
        cast(coalesce(sum(current_fen - base_fen) filter (
            where base_fen > 0 and current_fen > base_fen
        ), 0) as bigint) as expanded_fen,
        cast(coalesce(sum(current_fen) filter (where base_fen > 0), 0) as bigint) as current_fen,
        cast(coalesce(sum(current_fen) filter (where base_fen = 0), 0) as bigint) as reactivated_fen,
        cast(bool_and(is_complete) as boolean) as is_complete
    from compared
    group by all
)

select * from final
