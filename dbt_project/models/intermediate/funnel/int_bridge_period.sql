-- Grain: one row per pair of dates for which the pipeline bridge is built.
-- Rule: the end of each month, quarter and year and the one before it, from the first deal to the last covered day (the
-- running period ends there), and the pairs of the seed bridge_date. State is that at the end of the day; due is what
-- is expected by the end of the whole period.
with

settings as (
    select data_through from {{ ref('int_source_coverage') }}
    where source = 'crm'
),

first_day as (
    select min(valid_from) as first_on from {{ ref('fct_opportunity_state') }}
),

asked as (
    select * from {{ ref('bridge_date') }}
),

period_types as (
    select period_type from {{ kpi_calendar_types() }}
),

days as (
    select calendar_date from {{ ref('dim_date') }}
),

starts as (
    select distinct
        period_types.period_type,
        {{ kpi_period_start('period_types.period_type', 'days.calendar_date', 'days.calendar_date') }} as period_start
    from days
    cross join settings
    cross join first_day
    cross join period_types
    where days.calendar_date between first_day.first_on and settings.data_through
),

final as (
    select
        starts.period_type,
        starts.period_start - 1 as from_date,
        least(
            {{ kpi_period_end('starts.period_type', 'starts.period_start', 'settings.data_through') }},
            settings.data_through
        ) as to_date,
        {{ kpi_period_end('starts.period_type', 'starts.period_start', 'settings.data_through') }} as due_by
    from starts
    cross join settings
    union all
    select
        'asked' as period_type,
        asked.from_date,
        asked.to_date,
        asked.to_date as due_by
    from asked
)

select * from final
