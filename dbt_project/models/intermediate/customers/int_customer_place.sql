-- Grain: one row per customer that stands for itself with revenue in the last calendar year that every channel that
-- still delivers covers to its end, by rank of that year's revenue in the default currency. While no year is complete
-- it is the newest one. Plan 3.2 (C5).
with

years as (
    select * from {{ ref('int_customer_year') }}
    where currency = '{{ var("default_currency") }}'
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

coverage as (
    select
        min(covered_from) as covered_from,
        {{ covered_through('data_through') }} as data_through
    from {{ ref('int_channel_coverage') }}
),

newest as (
    select
        coalesce(
            max(years.year_start) filter (
                where years.year_start >= coverage.covered_from
                and {{ kpi_period_end("'year'", 'years.year_start', 'coverage.data_through') }} <= coverage.data_through
            ),
            max(years.year_start)
        ) as year_start
    from years
    cross join coverage
),

final as (
    select
        years.customer_id,
        years.year_start,
        min(years.place) as place,
        min(years.place) <= min(rules.top_customer_count) as is_top
    from years
    inner join newest on years.year_start = newest.year_start
    cross join rules
    group by all
)

select * from final
