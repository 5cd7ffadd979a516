-- Grain: one row per calendar quarter that the CRM and the books of contracts cover to its end, from the first order
-- on, with the bounds that the segmentation counts by: the value window, the silence of the churn flag and the last
-- order of who has not lapsed.
-- Rule: contracts alone are segmented, so what the shop covers makes no quarter complete. The CRM may be covered
-- further than its contracts, where the system that holds them has ended and another one delivers on: then they decide.
-- Where the value window begins before the books it is known in part (is_window_complete). Plan 5.2, 5.3.
with

segmented_channels as (
    select order_channel from {{ ref('channel_default') }}
    where is_segmented
),

movements as (
    select movements.* from {{ ref('int_customer_movement') }} as movements
    inner join segmented_channels on movements.order_channel = segmented_channels.order_channel
),

books as (
    select
        max(books.covered_from) as covered_from,
        {{ covered_through('books.data_through') }} as data_through
    from {{ ref('int_channel_coverage') }} as books
    inner join segmented_channels on books.order_channel = segmented_channels.order_channel
),

coverage as (
    select least(sources.data_through, books.data_through) as data_through
    from {{ ref('int_source_coverage') }} as sources
    cross join books
    where sources.source = 'crm'
),

rules as (
    select * from {{ ref('int_customer_rule') }}
),

first_day as (
    select min(moved_on) as first_on from movements
    where is_order
),

quarters as (
    select
        cast(unnest(generate_series(
            date_trunc('quarter', first_day.first_on),
            cast(coverage.data_through as timestamp),
            interval 3 month
        )) as date) as quarter_start,
        coverage.data_through
    from first_day
    cross join coverage
),

ended as (
    select
        quarter_start,
        {{ kpi_period_end("'quarter'", 'quarter_start', 'data_through') }} as quarter_end,
        data_through
    from quarters
),

final as (
    select
        ended.quarter_start,
        ended.quarter_end,
        cast(ended.quarter_end + 1 - to_months(rules.value_window_months) as date) as window_start,
        cast(ended.quarter_end + 1 - to_months(rules.risk_silence_months) as date) as silent_from,
        cast(ended.quarter_end + 1 - to_months(rules.lapsed_after_months) as date) as lapsed_before,
        cast(ended.quarter_start - 1 as date) as previous_quarter_end,
        cast(rules.value_window_months // 3 as integer) as window_quarters,
        books.covered_from,
        ended.quarter_end + 1 - to_months(rules.value_window_months) >= books.covered_from as is_window_complete,
        row_number() over (order by ended.quarter_start desc) = 1 as is_latest
    from ended
    cross join rules
    cross join books
    where ended.quarter_end <= ended.data_through
)

select * from final
