-- Grain: one row per metric, year and scope of what the front line can do, on the last day of the year.
-- Denominator of every share: the front-line people on the staff that day. Use of the assistant is access to it: no
-- source delivers logins. Plan 2.2, 2.4, 3.3 (I6, I16, H5, H7).
with

front_line as (
    select
        employee_id,
        counted_on,
        cast(date_trunc('year', counted_on) as date) as period_start
    from {{ ref('int_staff_day') }}
    where is_front_line and counted_on = cast(date_trunc('year', counted_on) + interval 1 year as date) - 1
),

skills as (
    select * from {{ ref('int_employee_skill') }}
),

accesses as (
    select * from {{ ref('int_employee_access') }}
),

asked as (
    select distinct skill_code from skills
),

certified as (
    select
        front_line.period_start,
        asked.skill_code,
        count(skills.employee_id) as certified_count,
        count(*) as head_count
    from front_line
    cross join asked
    left join skills
        on
            front_line.employee_id = skills.employee_id
            and asked.skill_code = skills.skill_code
            and front_line.counted_on >= skills.valid_from
            and front_line.counted_on < coalesce(skills.valid_to, date '{{ var("open_future") }}')
    group by all
),

assisted as (
    select
        front_line.period_start,
        count(accesses.employee_id) as user_count,
        count(*) as head_count
    from front_line
    left join accesses
        on
            front_line.employee_id = accesses.employee_id
            and accesses.system_code = 'ai_assistant'
            and front_line.counted_on >= accesses.opened_on
            and front_line.counted_on <= coalesce(accesses.closed_on, date '{{ var("open_future") }}')
    group by all
    having count(accesses.employee_id) > 0
),

metrics as (
    select
        'skill_coverage' as metric_code, period_start, 'skill' as scope_type, skill_code as scope_id,
        certified_count as numerator, head_count as denominator
    from certified
    union all
    select
        'emerging_skill_share' as metric_code, period_start, 'company' as scope_type, 'company' as scope_id,
        certified_count as numerator, head_count as denominator
    from certified
    where skill_code = 'emerging_industry'
    union all
    select
        'crm_proficiency_rate' as metric_code, period_start, 'company' as scope_type, 'company' as scope_id,
        certified_count as numerator, head_count as denominator
    from certified
    where skill_code = 'crm'
    union all
    select
        'ai_assistant_usage' as metric_code, period_start, 'company' as scope_type, 'company' as scope_id,
        user_count as numerator, head_count as denominator
    from assisted
),

final as (
    select
        metric_code,
        'year' as period_type,
        period_start,
        scope_type,
        scope_id,
        null as currency,
        numerator,
        denominator
    from metrics
)

select * from final
