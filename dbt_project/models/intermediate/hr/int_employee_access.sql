-- Grain: one row per employee of the HR system and system that the person may or might use.
-- Rule: access counts on the day on which it is closed, too. closed_on is NULL while it is open.
with

accesses as (
    select * from {{ ref('stg_hr__system_access') }}
    where not is_deleted
),

employee_keys as (
    select * from {{ ref('int_employee_key') }}
    where source = 'hr'
),

settings as (
    select * from {{ ref('int_source_setting') }}
    where source = 'hr'
),

final as (
    select
        employee_keys.employee_id,
        accesses.system_code,
        min({{ business_date('accesses.opened_at', 'settings.business_zone') }}) as opened_on,
        case
            when bool_and(accesses.closed_at is not null)
                then max({{ business_date('accesses.closed_at', 'settings.business_zone') }})
        end as closed_on
    from accesses
    inner join settings on accesses.source_system = settings.source_system
    inner join employee_keys
        on
            accesses.source_system = employee_keys.source_system
            and accesses.employee_id = employee_keys.person_reference
    group by employee_keys.employee_id, accesses.system_code
)

select * from final
