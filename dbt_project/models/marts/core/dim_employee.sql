-- Grain: one row per CRM user, per person that only the HR system knows, and 'unknown', as known now.
-- The region is that of the CRM; where it gives none, the one that the HR system assigned last, else 'unknown'. Earlier
-- roles and regions are in employee_assignment.
with

users as (
    select * from {{ ref('stg_crm__user') }}
),

people as (
    select * from {{ ref('stg_hr__employee') }}
),

employee_keys as (
    select * from {{ ref('int_employee_key') }}
),

spans as (
    select * from {{ ref('int_employee_span') }}
),

run_context as (
    select * from {{ ref('int_run_context') }}
),

-- The span of the run's day, else the last one before it.
latest_spans as (
    select spans.*
    from spans
    cross join run_context
    where spans.valid_from <= run_context.as_of
    qualify row_number() over (partition by spans.employee_id order by spans.valid_from desc) = 1
),

hr_records as (
    select
        employee_keys.employee_id,
        people.is_core,
        people.leave_reason,
        people.hired_on,
        people.left_on
    from employee_keys
    inner join people
        on
            employee_keys.source_system = people.source_system
            and employee_keys.person_reference = people.employee_id
    where employee_keys.source = 'hr'
    qualify row_number() over (partition by employee_keys.employee_id order by people.source_system) = 1
),

crm_employees as (
    select
        source_system || ':' || user_id as employee_id,
        source_system,
        user_id,
        display_name,
        nullif(trim(region), '') as region_id,
        manager_user_id,
        is_active,
        hired_on,
        left_on,
        is_deleted
    from users
),

hr_only as (
    select
        employee_keys.employee_id,
        employee_keys.source_system,
        employee_keys.person_reference as user_id,
        false as is_deleted
    from employee_keys
    anti join crm_employees on employee_keys.employee_id = crm_employees.employee_id
),

unknown_employee as (
    select
        'unknown' as employee_id,
        'unknown' as source_system,
        'unknown' as user_id,
        'unknown' as display_name,
        false as is_deleted
),

employees as (
    select * from crm_employees
    union all by name
    select * from hr_only
    union all by name
    select * from unknown_employee
),

final as (
    select
        cast(employees.employee_id as varchar) as employee_id,
        cast(employees.source_system as varchar) as source_system,
        cast(employees.user_id as varchar) as user_id,
        cast(employees.display_name as varchar) as display_name,
        cast(coalesce(employees.region_id, latest_spans.region_id, 'unknown') as varchar) as region_id,
        cast(employees.manager_user_id as varchar) as manager_user_id,
        cast(latest_spans.role as varchar) as role,
        cast(latest_spans.business_unit as varchar) as business_unit,
        cast(latest_spans.is_front_line as boolean) as is_front_line,
        cast(hr_records.is_core as boolean) as is_core,
        cast(hr_records.leave_reason as varchar) as leave_reason,
        cast(hr_records.employee_id is not null as boolean) as has_hr_record,
        cast(employees.is_active as boolean) as is_active,
        cast(coalesce(hr_records.hired_on, employees.hired_on) as date) as hired_on,
        cast(coalesce(hr_records.left_on, employees.left_on) as date) as left_on,
        cast(employees.is_deleted as boolean) as is_deleted
    from employees
    left join latest_spans on employees.employee_id = latest_spans.employee_id
    left join hr_records on employees.employee_id = hr_records.employee_id
)

select * from final
