-- Grain: one row per counting day and employee on the staff that day. Counting days are the first and the last day of
-- each month up to the run's day.
-- Rule: on the staff is who has a span in the HR system; a gap is no span. Counting begins with the calendar year in
-- which the first span ended: of earlier years the HR system lists those who stayed alone, and a headcount of them
-- would be too low. Where nobody ever left, everybody is known, so it begins with the first span. Plan 2.2 (I1, I2).
with

spans as (
    select * from {{ ref('int_employee_span') }}
    where assignment_basis = 'hr_assignment'
),

calendar as (
    select * from {{ ref('dim_date') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

beginning as (
    select cast(date_trunc('year', coalesce(min(valid_to), min(valid_from))) as date) as first_on
    from spans
),

counting_days as (
    select
        calendar.calendar_date as counted_on,
        calendar.calendar_date = calendar.month_start as is_month_start,
        calendar.calendar_date = {{ month_end('calendar.calendar_date') }} as is_month_end
    from calendar
    cross join beginning
    cross join run_context
    where
        calendar.calendar_date between beginning.first_on and run_context.as_of
        and calendar.calendar_date in (calendar.month_start, {{ month_end('calendar.calendar_date') }})
),

final as (
    select
        counting_days.counted_on,
        counting_days.is_month_start,
        counting_days.is_month_end,
        spans.employee_id,
        coalesce(spans.is_front_line, false) as is_front_line
    from counting_days
    inner join spans
        on
            counting_days.counted_on >= spans.valid_from
            and (counting_days.counted_on < spans.valid_to or spans.valid_to is null)
)

select * from final
