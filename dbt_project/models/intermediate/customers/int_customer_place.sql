-- Grain: one row per customer that stands for itself and year of its last revenue up to the last covered day, by rank
-- of the last covered calendar year's revenue in the default currency. Plan 3.2 (C5).
with

years as (
    select * from {{ ref('int_customer_year') }}
    where currency = '{{ var("default_currency") }}'
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

newest as (
    select max(year_start) as year_start from years
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
