-- Grain: one row per source and person that it names, with the key of the employee.
-- Rule: a person of the HR system is the CRM user of the same id where exactly one CRM has it; an id that two CRM
-- systems use is no match, because guessing would give one person's history to another.
with

crm_users as (
    select
        source_system,
        user_id,
        source_system || ':' || user_id as employee_id
    from {{ ref('stg_crm__user') }}
),

unique_users as (
    select
        user_id,
        min(employee_id) as employee_id
    from crm_users
    group by user_id
    having count(*) = 1
),

hr_people as (
    select source_system, employee_id as person_reference from {{ ref('stg_hr__employee') }}
    union
    select source_system, employee_id as person_reference from {{ ref('stg_hr__assignment') }}
),

final as (
    select 'crm' as source, source_system, user_id as person_reference, employee_id from crm_users
    union all
    select
        'hr' as source,
        hr_people.source_system,
        hr_people.person_reference,
        coalesce(unique_users.employee_id, hr_people.source_system || ':' || hr_people.person_reference) as employee_id
    from hr_people
    left join unique_users on hr_people.person_reference = unique_users.user_id
)

select * from final
