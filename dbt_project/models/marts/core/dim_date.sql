-- Grain: one row per calendar day, from the first year of the official calendar to the last year of planning.
-- Rule: a day is worked where the company says so (company_day), else where the State Council does (holiday: days off
-- and weekend days worked to make up for them), else Monday to Friday. Years that the State Council has not announced
-- yet are provisional: they look like Monday to Friday and are marked, never passed off as known. On a working day
-- the shift valid on it is worked (working_shift); macros/working_time.sql measures by the running numbers. Plan 5.5.
with

holidays as (
    select * from {{ ref('holiday') }}
),

company_days as (
    select * from {{ ref('company_day') }}
),

shifts as (
    select * from {{ ref('working_shift') }}
),

announced as (
    select max(year(calendar_date)) as last_year from holidays
),

days as (
    select cast(unnested.day as date) as calendar_date
    from (
        select
            unnest(
                generate_series(
                    date '{{ var("calendar_first_day") }}', date '{{ var("calendar_last_day") }}', interval 1 day
                )
            ) as day
    ) as unnested
),

typed as (
    select
        days.calendar_date,
        holidays.name_en as holiday_name_en,
        holidays.name_zh as holiday_name_zh,
        case
            when company_days.calendar_date is not null then 'company'
            when year(days.calendar_date) > announced.last_year then 'provisional'
            else 'official'
        end as calendar_status,
        case
            when company_days.is_workday then 'company_workday'
            when not company_days.is_workday then 'company_off'
            when holidays.day_type is not null then holidays.day_type
            when isodow(days.calendar_date) > {{ var('last_weekday') }} then 'weekend'
            else 'workday'
        end as day_type
    from days
    cross join announced
    left join holidays on days.calendar_date = holidays.calendar_date
    left join company_days on days.calendar_date = company_days.calendar_date
),

judged as (
    select
        *,
        day_type in ('workday', 'make_up_workday', 'company_workday') as is_workday
    from typed
),

worked as (
    select
        judged.*,
        judged.calendar_date + shifts.starts_at as shift_starts_at,
        case
            when judged.is_workday
                then date_diff('second', shifts.starts_at, shifts.ends_at)
            else 0
        end as working_seconds
    from judged
    asof left join shifts on judged.calendar_date >= shifts.valid_from
),

final as (
    select
        cast(calendar_date as date) as calendar_date,
        cast(year(calendar_date) as integer) as calendar_year,
        cast(date_trunc('year', calendar_date) as date) as year_start,
        cast(date_trunc('quarter', calendar_date) as date) as quarter_start,
        cast({{ month_start('calendar_date') }} as date) as month_start,
        cast(date_trunc('week', calendar_date) as date) as week_start,
        cast(isodow(calendar_date) as integer) as iso_weekday,
        cast(day_type as varchar) as day_type,
        cast(is_workday as boolean) as is_workday,
        cast(
            count(*) filter (where is_workday) over (
                order by calendar_date
                rows between unbounded preceding and current row
            ) as bigint
        ) as workday_number,
        cast(shift_starts_at as timestamp) as shift_starts_at,
        cast(working_seconds as bigint) as working_seconds,
        cast(
            coalesce(
                sum(working_seconds) over (
                    order by calendar_date
                    rows between unbounded preceding and 1 preceding
                ), 0
            ) as bigint
        ) as working_seconds_before,
        cast(holiday_name_en as varchar) as holiday_name_en,
        cast(holiday_name_zh as varchar) as holiday_name_zh,
        cast(calendar_status as varchar) as calendar_status
    from worked
)

select * from final
