-- Grain: one row per metric, period and scope of the sales team's size: heads, front line, hires, leavers, training.
-- The average headcount of a year is the mean over the first days of its months; it stays a fraction, so numerators
-- are multiplied by the number of months instead of dividing twice. Leavers are counted by the last day of work.
-- Plan 2.2, 2.4, 3.3 (I1, I2, I3, I8, I9, I12, L5).
with

staff as (
    select * from {{ ref('int_staff_day') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

beginning as (
    select min(counted_on) as first_on from staff
),

people as (
    select
        employees.*,
        coalesce(accesses.employee_id is not null, false) as keeps_access
    from {{ ref('dim_employee') }} as employees
    left join {{ ref('int_employee_access') }} as accesses
        on
            employees.employee_id = accesses.employee_id
            and accesses.system_code = 'crm'
            and (accesses.closed_on is null or employees.left_on < accesses.closed_on)
    where employees.has_hr_record
),

trainings as (
    select * from {{ ref('stg_hr__training') }}
    where not is_deleted and passed_on is not null
),

leavers as (
    select
        cast(date_trunc('year', people.left_on) as date) as period_start,
        count(*) as leaver_count,
        count(*) filter (where people.is_core) as core_leaver_count,
        count(*) filter (where people.keeps_access) as open_leaver_count
    from people
    cross join beginning
    cross join run_context
    where people.left_on between beginning.first_on and run_context.as_of
    group by all
),

hires as (
    select
        periods.period_type,
        {{ kpi_period_start('periods.period_type', 'people.hired_on', 'beginning.first_on') }} as period_start,
        count(*) as hire_count
    from people
    cross join beginning
    cross join run_context
    cross join {{ kpi_period_types() }} as periods
    where people.hired_on between beginning.first_on and run_context.as_of and periods.period_type <> 'to_date'
    group by all
),

hours as (
    select
        cast(date_trunc('year', trainings.passed_on) as date) as period_start,
        sum(trainings.hours) as training_hours
    from trainings
    cross join run_context
    where trainings.passed_on <= run_context.as_of
    group by all
),

average_heads as (
    select
        cast(date_trunc('year', counted_on) as date) as period_start,
        count(*) as head_months,
        count(distinct counted_on) as month_count
    from staff
    where is_month_start
    group by all
),

month_ends as (
    select
        {{ month_start('counted_on') }} as period_start,
        count(*) as head_count,
        count(*) filter (where is_front_line) as front_line_count
    from staff
    where is_month_end
    group by all
),

metrics as (
    select
        'sales_headcount' as metric_code, 'month' as period_type, period_start,
        head_count as numerator, 1 as denominator
    from month_ends
    union all
    select
        'frontline_share' as metric_code, 'month' as period_type, period_start,
        front_line_count as numerator, head_count as denominator
    from month_ends
    union all
    select
        'gross_hires' as metric_code, period_type, period_start,
        hire_count as numerator, 1 as denominator
    from hires
    union all
    select
        'rep_attrition_rate' as metric_code, 'year' as period_type, average_heads.period_start,
        coalesce(leavers.leaver_count, 0) * average_heads.month_count as numerator,
        average_heads.head_months as denominator
    from average_heads
    left join leavers on average_heads.period_start = leavers.period_start
    union all
    select
        'core_leaver_share' as metric_code, 'year' as period_type, period_start,
        core_leaver_count as numerator, leaver_count as denominator
    from leavers
    union all
    select
        'leaver_access_open_rate' as metric_code, 'year' as period_type, period_start,
        open_leaver_count as numerator, leaver_count as denominator
    from leavers
    union all
    select
        'training_hours' as metric_code, 'year' as period_type, average_heads.period_start,
        hours.training_hours * average_heads.month_count as numerator,
        average_heads.head_months as denominator
    from average_heads
    inner join hours on average_heads.period_start = hours.period_start
),

final as (
    select
        metric_code,
        period_type,
        period_start,
        'company' as scope_type,
        'company' as scope_id,
        null as currency,
        cast(numerator as decimal(38, 4)) as numerator,
        cast(denominator as decimal(38, 4)) as denominator
    from metrics
)

select * from final
