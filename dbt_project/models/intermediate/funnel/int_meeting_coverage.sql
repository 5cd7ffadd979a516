-- Grain: one row: from which day to which day meetings are known.
-- Rule: from the month of the first meeting on, because no source states when its books begin, to the last day that
-- all meeting systems cover that still deliver. Where no meeting is known at all nothing bounds the days.
with

first_meeting as (
    select min(started_on) as opened_on from {{ ref('fct_meeting') }}
),

coverage as (
    select * from {{ ref('int_source_coverage') }}
    where source = 'meetings'
),

final as (
    select
        coalesce({{ month_start('first_meeting.opened_on') }}, date '{{ var("open_past") }}') as covered_from,
        coalesce(coverage.data_through, date '{{ var("open_future") }}') as data_through
    from first_meeting
    left join coverage on first_meeting.opened_on is not null
)

select * from final
