{#-
    Working time, in one place. core.dim_date numbers its working days and adds up its working seconds, so any distance
    is one subtraction between two rows of it, joined by equality: no day is walked through, whatever the distance.
    Working days between two days are those after the first up to and including the second: same day 0, Friday to
    Monday 1. Days and hours off count nowhere: what happens in them happens when work is taken up again.
-#}

{#- Working days from one row of dim_date to another, given their aliases. Negative if the second day is earlier. -#}
{% macro working_days(first_day, second_day) -%}
    ({{ second_day }}.workday_number - {{ first_day }}.workday_number)
{%- endmacro %}

{#- Working seconds since the calendar began, at a local time of the day that the alias is a row of dim_date for. -#}
{% macro working_clock(day, local_time) -%}
    (
        {{ day }}.working_seconds_before
        + greatest(0, least({{ day }}.working_seconds, date_diff('second', {{ day }}.shift_starts_at, {{ local_time }})))
    )
{%- endmacro %}

{#-
    Every row of `relation` with the working time from one instant to another as the people of `zone` work:
    working_days, working_seconds, working_minutes (whole ones) and is_calendar_provisional (a year without an announced
    calendar takes part). A missing instant gives NULL. `calendar` is core.dim_date.
-#}
{% macro with_working_time(relation, calendar, first_instant, second_instant, zone) -%}
    select
        timed.*,
        {{ working_days('first_day', 'second_day') }} as working_days,
        {{ working_clock('second_day', local_time(second_instant, zone)) }}
        - {{ working_clock('first_day', local_time(first_instant, zone)) }} as working_seconds,
        (
            {{ working_clock('second_day', local_time(second_instant, zone)) }}
            - {{ working_clock('first_day', local_time(first_instant, zone)) }}
        ) // 60 as working_minutes,
        'provisional' in (first_day.calendar_status, second_day.calendar_status) as is_calendar_provisional
    from {{ relation }} as timed
    left join {{ calendar }} as first_day on {{ business_date(first_instant, zone) }} = first_day.calendar_date
    left join {{ calendar }} as second_day on {{ business_date(second_instant, zone) }} = second_day.calendar_date
{%- endmacro %}

{#- Every row of `relation` with due_at, the same time of day so many working days (1 or more) later. -#}
{% macro with_due_after_working_days(relation, calendar, instant, days, zone) -%}
    select
        timed.*,
        timezone({{ zone }}, due_day.calendar_date + cast({{ local_time(instant, zone) }} as time)) as due_at,
        due_day.calendar_status = 'provisional' as is_calendar_provisional
    from {{ relation }} as timed
    left join {{ calendar }} as first_day on {{ business_date(instant, zone) }} = first_day.calendar_date
    left join {{ calendar }} as due_day
        on first_day.workday_number + {{ days }} = due_day.workday_number and due_day.is_workday
{%- endmacro %}

{#-
    Every row of `relation` with due_at, so many working hours (above 0) later. The day is found by a merge join: the
    last one that begins before the hours are used up.
-#}
{% macro with_due_after_working_hours(relation, calendar, instant, hours, zone) -%}
    select
        started.* exclude (due_clock),
        timezone(
            {{ zone }},
            due_day.shift_starts_at + to_seconds(started.due_clock - due_day.working_seconds_before)
        ) as due_at,
        due_day.calendar_status = 'provisional' as is_calendar_provisional
    from (
        select
            timed.*,
            {{ working_clock('first_day', local_time(instant, zone)) }} + 3600 * {{ hours }} as due_clock
        from {{ relation }} as timed
        left join {{ calendar }} as first_day on {{ business_date(instant, zone) }} = first_day.calendar_date
    ) as started
    asof left join (select * from {{ calendar }} where is_workday) as due_day
        on started.due_clock > due_day.working_seconds_before
{%- endmacro %}
